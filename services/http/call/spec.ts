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
 * Who may call: `anybody`; `maybe-viewer`, who gets more with a token; `viewer`, who needs one; else a call of the studio, and
 * the least role for it.
 */
export type Who = 'anybody' | 'maybe-viewer' | 'viewer' | Least

export type Tag = 'Shows' | 'Rooms' | 'Viewers' | 'Polls' | 'Studio' | 'People' | 'Operators'

export interface BodySpec<Schema extends v.GenericSchema = v.GenericSchema> {
  schema: Schema
  example: v.InferInput<Schema>
  /** The error code for a body that does not match the schema. */
  fault: ErrorCode
  /** A longer body is `too_large`, before it is parsed. */
  bytesMax: number
  /** Whether an empty body is read as `{}`. */
  optional: boolean
  /** An alternative body. Absent: none. */
  file?: FileSpec
}

/** A binary body, limited by its service (`CallContext.fileBytesMax`). */
export interface FileSpec {
  /** Values of `Content-Type`, for the document only: a client's claim about a file is not trusted. */
  types: readonly string[]
  /** Whether these bytes are the file; else they are the JSON body. */
  is(bytes: Uint8Array): boolean
}

export interface AnswerSpec<Schema extends v.GenericSchema = v.GenericSchema> {
  description: string
  /** Absent: the response has no body. */
  schema?: Schema
  example?: v.InferOutput<Schema>
  /** Default `application/json`. */
  type?: string
}

/** The only definition of a call: its route, its validation and its part of `/openapi.json` are derived from it. */
export interface CallSpec {
  /** `operationId`: the method's name in generated clients. Never changes. */
  id: string
  method: Method
  /** As in OpenAPI: `/v1/shows/{show}/mood`. Each name is a row of `PARAMETERS`. */
  path: string
  tag: Tag
  /** A short title. */
  summary: string
  /** What else a caller needs to know, in sentences. Default: the summary. */
  description?: string
  who: Who
  /** Whether the person named in the path may also call, whatever their role. Default false. */
  orOneself?: boolean
  /** Whether the rate limits per address and per viewer apply. Default false. */
  limited?: boolean
  query?: Record<string, v.GenericSchema>
  body?: BodySpec
  answers: Record<number, AnswerSpec>
  /** Error codes beyond those implied by the path, `who`, `query` and `body`. */
  errors?: ErrorCode[]
  /** Whether a cache may keep the response, which then has an ETag. Default false: `no-store`. */
  cached?: boolean
}

/** A call with its implementation, for a given service. */
export interface Call<in Context> {
  readonly spec: CallSpec
  route(context: Context): Handler
}

/** What `call` needs from its service. */
export interface CallContext {
  identity: Identity
  bodies: BodyReader
  directory: ShowDirectory
  /** Applies rate limits; needed by calls that are `limited`. */
  gate?: Gate
  /** The largest accepted file, in bytes; needed by calls with a file. */
  fileBytesMax?: number
  /** Identifies callers of the studio; needed by its calls. */
  members?: Members
}
