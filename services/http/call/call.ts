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

/** A request that was let in, read and checked. */
export interface Asked<Spec extends CallSpec> {
  params: { [Name in NamesIn<Spec['path']>]: string }
  /** There is one: otherwise the call was `unknown_show`. */
  show: Has<Spec['path'], 'show', ShowView>
  /** The same. As it was when the body had been read. */
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

/** One of the call's answers. */
export type Reply<Spec extends CallSpec> = {
  [Status in keyof Spec['answers'] & number]: {
    status: Status
    headers?: Record<string, string>
    /** How long a cache may keep it, in seconds, where the call is `cached`. Default 0: it asks each time. */
    maxAgeS?: number
  } & (Spec['answers'][Status] extends AnswerSpec<infer Schema>
    ? /** Of an answer that is too long for memory: its bytes, in its type. */
      { body: v.InferOutput<Schema> } | { stream: ReadableStream<Uint8Array<ArrayBuffer>> }
    : unknown)
}[keyof Spec['answers'] & number]

/** Every name in a path has its row. */
type KnownPath<Path extends string> = NamesIn<Path> extends ParameterName ? unknown : never

/** Completes a definition with how the call is answered. */
interface CallBuilder<Spec extends CallSpec> {
  /**
   * Answers requests that were let in: before `handle` sees one it was held to the rates, its token was checked, its show
   * and poll were found, its query and its body fit their schemas. What it returns is one of the call's answers.
   */
  handle<Context extends CallContext>(
    handle: (context: Context, asked: Asked<Spec>) => Reply<Spec> | Promise<Reply<Spec>>,
  ): Call<Context>
  /** Answers requests as they come: for a call where each allocation counts, or whose answer is a stream. */
  route<Context>(route: (context: Context) => Handler): Call<Context>
}

/** Defines a call: `call({…}).handle(…)`. */
export function call<const Spec extends CallSpec>(spec: Spec & KnownPath<Spec['path']>): CallBuilder<Spec> {
  return {
    handle: (handle) => ({ spec, route: (context) => handlerOf(spec, context, handle as never) }),
    route: (route) => ({ spec, route }),
  }
}

/** A body in JSON. @param options.fault Default `bad_request`. @param options.bytesMax Default `BODY_BYTES_MAX`. */
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

/** An answer with a body. @param type Default `application/json`. */
export const answer = <Schema extends v.GenericSchema>(
  description: string,
  schema: Schema,
  example: v.InferOutput<Schema>,
  type = 'application/json',
): AnswerSpec<Schema> => ({ description, schema, example, type })
