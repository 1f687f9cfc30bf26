import { type SerializedError, stdSerializers } from 'pino'
import { isRetryable } from '../protocol/errors.ts'

/** An error as the log has it: one that passes, such as an unreachable store, is told in words, with a stack only where it is a mistake. */
export const loggedError = (cause: Error): SerializedError | Pick<Error, 'name' | 'message'> =>
  isRetryable(cause)
    ? { name: cause.name, message: cause.message, code: cause.code }
    : stdSerializers.err(cause)
