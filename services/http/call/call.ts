import type { BunRequest } from 'bun'
import type * as v from 'valibot'
import { BODY_BYTES_MAX } from '../../../protocol/limits.ts'
import type { PollView, ShowView } from '../../directory/directory.ts'
import type { Viewer } from '../../identity/claims.ts'
import type { Member } from '../../identity/member.ts'
import type { Handler, HttpServer } from '../routes.ts'
import { handlerOf } from './handler.ts'
import type { ParameterName } from './parameters.ts'
import type { AnswerSpec, BodySpec, Call, CallContext, CallSpec, FileSpec } from './spec.ts'

type NamesIn<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | NamesIn<Rest>
  : never
type Has<Path extends string, Name extends string, Type> = Name extends NamesIn<Path> ? Type : undefined

/** A request that was admitted, read and validated. */
export interface Asked<Spec extends CallSpec> {
  params: { [Name in NamesIn<Spec['path']>]: string }
  /** It exists: otherwise the call would have failed with `unknown_show`. */
  show: Has<Spec['path'], 'show', ShowView>
  /** It exists, too. Its state when the body had been read. */
  poll: Has<Spec['path'], 'poll', PollView>
  caller: Spec['who'] extends 'anybody'
    ? undefined
    : Spec['who'] extends 'maybe-viewer'
      ? Viewer | undefined
      : Spec['who'] extends 'viewer'
        ? Viewer
        : Member
  query: Spec['query'] extends Record<string, v.GenericSchema>
    ? { [Name in keyof Spec['query']]: v.InferOutput<Spec['query'][Name]> | undefined }
    : undefined
  body: Spec['body'] extends BodySpec<infer Schema>
    ? v.InferOutput<Schema> | (Spec['body'] extends { file: FileSpec } ? Uint8Array<ArrayBuffer> : never)
    : undefined
  request: BunRequest
  server: HttpServer
}

/** One of the call's responses. */
export type Reply<Spec extends CallSpec> = {
  [Status in keyof Spec['answers'] & number]: {
    status: Status
    headers?: Record<string, string>
    /** How long a cache may keep it, in seconds, if the call is `cached`. Default 0: it must revalidate each time. */
    maxAgeS?: number
  } & (Spec['answers'][Status] extends AnswerSpec<infer Schema>
    ? /** Of an answer that is too long for memory: its bytes, in its type. */
      { body: v.InferOutput<Schema> } | { stream: ReadableStream<Uint8Array<ArrayBuffer>> }
    : unknown)
}[keyof Spec['answers'] & number]

/** Checks that every name in a path has a row. */
type KnownPath<Path extends string> = NamesIn<Path> extends ParameterName ? unknown : never

/** Completes a definition with its implementation. */
interface CallBuilder<Spec extends CallSpec> {
  /**
   * Handles requests that were admitted: before `handle` runs, rate limits were applied, the token was verified, show and poll
   * were found, query and body were validated. It returns one of the call's responses.
   */
  handle<Context extends CallContext>(
    handle: (context: Context, asked: Asked<Spec>) => Reply<Spec> | Promise<Reply<Spec>>,
  ): Call<Context>
  /** Handles raw requests: for a call where each allocation counts, or whose response is a stream. */
  route<Context>(route: (context: Context) => Handler): Call<Context>
}

/** Defines a call: `call({…}).handle(…)`. */
export function call<const Spec extends CallSpec>(spec: Spec & KnownPath<Spec['path']>): CallBuilder<Spec> {
  return {
    handle: (handle) => ({ spec, route: (context) => handlerOf(spec, context, handle as never) }),
    route: (route) => ({ spec, route }),
  }
}

/** A JSON body. @param options.fault Default `bad_request`. @param options.bytesMax Default `BODY_BYTES_MAX`. */
export const json = <Schema extends v.GenericSchema>(
  schema: Schema,
  example: v.InferInput<Schema>,
  { fault = 'bad_request', bytesMax = BODY_BYTES_MAX, optional = false }: Partial<BodyRules> = {},
): BodySpec<Schema> => ({ schema, example, fault, bytesMax, optional })

type BodyRules = Pick<BodySpec, 'fault' | 'bytesMax' | 'optional'>

/** The same, or a file in its place, which `handle` gets as bytes. */
export const orFile = <Schema extends v.GenericSchema>(
  body: BodySpec<Schema>,
  file: FileSpec,
): BodySpec<Schema> & { file: FileSpec } => ({ ...body, file })

/** A response with a body. @param type Default `application/json`. */
export const answer = <Schema extends v.GenericSchema>(
  description: string,
  schema: Schema,
  example: v.InferOutput<Schema>,
  type = 'application/json',
): AnswerSpec<Schema> => ({ description, schema, example, type })
