import type * as v from 'valibot'
import type { Least } from '../../../engine/people/roles.ts'
import type { ErrorCode } from '../../../protocol/errors.ts'
import type { ShowDirectory } from '../../directory/directory.ts'
import type { Identity } from '../../identity/identity.ts'
import type { Members } from '../../identity/member.ts'
import type { BodyReader } from '../body.ts'
import type { Gate } from '../gate.ts'
import type { Handler, Method } from '../routes.ts'

/**
 * Who may call: `anybody`; `maybe-viewer`, who says more with a token; `viewer`, who needs one; else a call of the studio, and
 * the least that somebody must be there.
 */
export type Who = 'anybody' | 'maybe-viewer' | 'viewer' | Least

export type Tag = 'Shows' | 'Rooms' | 'Viewers' | 'Polls' | 'Studio' | 'People' | 'Operators'

export interface BodySpec<Schema extends v.GenericSchema = v.GenericSchema> {
  schema: Schema
  example: v.InferInput<Schema>
  /** The code for a body that does not fit the schema. */
  fault: ErrorCode
  /** A longer body is `too_large`, before it is parsed. */
  bytesMax: number
  /** Whether an empty body is read as `{}`. */
  optional: boolean
  /** What may be sent in its place. Absent: nothing. */
  file?: FileSpec
}

/** A body that is no JSON to the call, and of its service's size (`CallContext.fileBytesMax`). */
export interface FileSpec {
  /** As in `Content-Type`, for the document alone: nobody is believed what a file is. */
  types: readonly string[]
  /** Whether these bytes are the file; else they are the JSON. */
  is(bytes: Uint8Array): boolean
}

export interface AnswerSpec<Schema extends v.GenericSchema = v.GenericSchema> {
  description: string
  /** Absent: the answer has no body. */
  schema?: Schema
  example?: v.InferOutput<Schema>
  /** Default `application/json`. */
  type?: string
}

/** The definition of a call, once: its route, its checks and its part of `/openapi.json` follow from it. */
export interface CallSpec {
  /** `operationId`: the method's name in generated clients. Never changes. */
  id: string
  method: Method
  /** As in OpenAPI: `/v1/shows/{show}/mood`. Each name is a row of `PARAMETERS`. */
  path: string
  tag: Tag
  /** A few words, as in a list. */
  summary: string
  /** What a caller has to know besides, in sentences. Default: the summary. */
  description?: string
  who: Who
  /** Whether the person whom the path names may call as well, whatever their role. Default false. */
  orOneself?: boolean
  /** Whether the rates of one address and of one viewer hold for it. Default false. */
  limited?: boolean
  query?: Record<string, v.GenericSchema>
  body?: BodySpec
  answers: Record<number, AnswerSpec>
  /** Codes besides those that follow from the path, `who`, `limited`, `query` and `body`. */
  errors?: ErrorCode[]
  /** Whether a cache may keep the answer: it has an ETag then. Default false: `no-store`. */
  cached?: boolean
}

/** A call, and how it is answered given what its service has. */
export interface Call<in Context> {
  readonly spec: CallSpec
  route(context: Context): Handler
}

/** What `call` needs of its service. */
export interface CallContext {
  identity: Identity
  bodies: BodyReader
  directory: ShowDirectory
  /** Holds the rates; needed by calls that are `limited`. */
  gate?: Gate
  /** The largest file that a call takes, in bytes; needed by calls that take one. */
  fileBytesMax?: number
  /** Knows who calls the studio; needed by its calls. */
  members?: Members
}
