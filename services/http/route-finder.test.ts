import { expect, test } from 'bun:test'
import { routeFinder } from './route-finder.ts'

test.each([
  ['/v1/shows/final', '/v1/shows/:show'],
  ['/v1/shows/final?x=/a/b', '/v1/shows/:show'],
  ['/v1/shows/live', '/v1/shows/live'],
  ['/live/v1/shows/final', '/v1/shows/:show'],
  ['/v1/shows/', undefined],
  ['/v1/shows/final/', undefined],
  ['/v1/shows', undefined],
  ['/studio/a/b', '/studio/*'],
  ['/studio', undefined],
  ['/', '/'],
  ['*', undefined],
  ['', undefined],
] as const)('%s is for %s', (target, route) => {
  const find = routeFinder(['/', '/v1/shows/:show', '/v1/shows/live', '/studio/*'], '/live')
  expect(find(target)).toBe(route)
  expect(find(target)).toBe(route)
})
