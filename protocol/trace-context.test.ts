import { expect, test } from 'bun:test'
import { boundedTrace } from './trace-context.ts'

const PARENT = `00-${'4b'.repeat(16)}-${'f0'.repeat(8)}-01`
const long = (length: number) => 'x'.repeat(length)

test('a trace is passed on with its state, and without one that is missing or too long', () => {
  expect(boundedTrace(PARENT, 'vendor=1')).toEqual({ traceparent: PARENT, tracestate: 'vendor=1' })
  expect(boundedTrace(long(128), long(512))).toEqual({ traceparent: long(128), tracestate: long(512) })
  for (const none of [null, undefined, long(513)])
    expect(boundedTrace(PARENT, none)).toStrictEqual({ traceparent: PARENT })
})

test('what is no text, or longer than a trace of a later version, is none', () => {
  for (const none of [null, undefined, 7 as never, long(129)])
    expect(boundedTrace(none, 'vendor=1')).toBeUndefined()
})
