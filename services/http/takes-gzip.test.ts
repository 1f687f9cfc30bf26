import { expect, test } from 'bun:test'
import { takesGzip } from './takes-gzip.ts'

test.each([
  ['gzip', true],
  ['deflate, GZIP;q=0.5', true],
  ['*', true],
  ['gzip;q=0.001, *;q=0', true],
  ['gzip;q=0', false],
  ['gzip; q=0.000, *', false],
  ['br, *;q=0', false],
  ['not-gzip', false],
  ['identity', false],
  ['', false],
])('to a client that takes "%s" an answer is compressed with gzip: %p', (accepted, takes) => {
  expect(takesGzip(accepted)).toBe(takes)
})

test('a client that does not say gets no gzip', () => {
  expect(takesGzip(null)).toBe(false)
})
