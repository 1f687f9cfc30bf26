import { expect, test } from 'bun:test'
import { ERRORS, type ErrorCode } from '../../protocol/errors.ts'
import { RoarError } from './error.ts'

test('an error is retryable exactly where the table of codes says so', () => {
  for (const [code, { status, retryable }] of Object.entries(ERRORS)) {
    expect({ code, retryable: new RoarError(code as ErrorCode, '', { status }).retryable }).toEqual({
      code,
      retryable,
    })
  }
})
