import { expect, test } from 'bun:test'
import pino from 'pino'
import { RoarError } from '../protocol/errors.ts'
import { loggedError } from './logged-error.ts'

test('what passes is logged in words, and a mistake with its stack', () => {
  const lines: { err: { message: string; code?: string; stack?: string } }[] = []
  const logger = pino(
    { serializers: { err: loggedError } },
    { write: (line: string) => void lines.push(JSON.parse(line)) },
  )
  logger.warn({ err: new RoarError('store_unavailable', 'the disk is full') }, 'the poll has no new head')
  logger.error({ err: new TypeError('x is not a function') }, 'a request failed')
  expect(lines[0]!.err).toEqual({
    ...{ name: 'RoarError', code: 'store_unavailable', message: 'the disk is full' },
  } as never)
  expect(lines[1]!.err.stack).toContain('logged-error.test.ts')
})
