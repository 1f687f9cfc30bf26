import type { ErrorCode } from '../../../protocol/errors.ts'
import { namesIn, PARAMETERS } from './parameters.ts'
import type { CallSpec } from './spec.ts'

/** Errors of any call: an invalid Host, an internal error, a server that stops, an address that asks too often. */
const ALWAYS: ErrorCode[] = ['bad_request', 'internal', 'draining', 'too_many_requests']
const OF_TOKENS: ErrorCode[] = ['unauthorized', 'forbidden', 'keys_unavailable']

/** Every error code of a call, each once. */
export function errorsOf({ path, who, body, errors = [] }: CallSpec): ErrorCode[] {
  const all: ErrorCode[] = [
    ...ALWAYS,
    ...namesIn(path).map((name) => PARAMETERS[name].code),
    ...(namesIn(path).includes('show') ? (['catching_up'] as const) : []),
    ...(who === 'anybody' ? [] : OF_TOKENS),
    ...(body === undefined ? [] : (['bad_json', 'too_large', body.fault] as const)),
    ...errors,
  ]
  return [...new Set(all)]
}
