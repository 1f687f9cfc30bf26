import { expect, test } from 'bun:test'
import { proxyWatch } from './proxy-watch.ts'
import type { HttpServer } from './routes.ts'

const from = (address: string) => ({ requestIP: () => ({ address, port: 1 }) }) as unknown as HttpServer
const requestWith = (...names: string[]) =>
  new Request('http://roar', { headers: names.map((name): [string, string] => [name, 'x']) })

test('a proxy on this machine that nobody told of is noticed, and told of once', () => {
  const told: string[] = []
  const look = proxyWatch(false, (field) => told.push(field))
  look(requestWith('user-agent'), from('127.0.0.1'))
  // Another machine's proxy may be the viewer's own.
  look(requestWith('x-forwarded-for'), from('203.0.113.9'))
  expect(told).toEqual([])
  look(requestWith('via', 'forwarded'), from('::1'))
  look(requestWith('x-forwarded-for'), from('127.0.0.1'))
  expect(told).toEqual(['forwarded'])
})

test('a proxy that is believed is no news', () => {
  const look = proxyWatch(true, () => expect.unreachable())
  look(requestWith('x-forwarded-for'), from('127.0.0.1'))
})
