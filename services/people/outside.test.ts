import { expect, test } from 'bun:test'
import { createOutside } from './outside.ts'

const request = (headers: Record<string, string>, method = 'POST') =>
  new Request('http://10.0.0.7:7766/v1/studio/sessions', { method, headers })
const outside = (publicUrl = '', trustProxy = false) =>
  createOutside({ publicUrl, trustProxy, ownUrl: () => 'http://127.0.0.1:7766' })
const isLetIn = (of: ReturnType<typeof outside>, headers: Record<string, string>, method = 'POST') => {
  try {
    of.refuseOthers(request(headers, method), { isNeeded: true })
    return true
  } catch {
    return false
  }
}

test('over TLS the cookie is one that a browser holds to this host, and no other is read', () => {
  const secure = outside('https://roar.example/live')
  const cookie = secure.cookie(request({}), 'session', 'secret', 60)
  expect(cookie).toBe('__Host-roar-session=secret; Path=/; Max-Age=60; HttpOnly; SameSite=Strict; Secure')
  expect(secure.cookieIn(request({ cookie: 'a=b; __Host-roar-session=secret' }), 'session')).toBe('secret')
  expect(secure.cookieIn(request({ cookie: 'roar-session=secret' }), 'session')).toBeUndefined()
  const proxied = request({ 'x-forwarded-proto': 'https' })
  expect(outside('', true).cookie(proxied, 'session', 's', 60)).toStartWith('__Host-')
  expect(outside('', false).cookie(proxied, 'session', 's', 60)).toStartWith('roar-session=s; Path=/')
})

test('of two cookies with one name neither is believed', () => {
  const two = request({ cookie: 'roar-session=mine; roar-session=theirs' })
  expect(outside().cookieIn(two, 'session')).toBeUndefined()
})

test('behind a proxy a page of the outside address is this server’s own, and over TLS none without', () => {
  const secure = outside('https://roar.example')
  const host = '10.0.0.7:7766'
  expect(isLetIn(secure, { host, origin: 'https://roar.example' })).toBe(true)
  expect(isLetIn(secure, { host, origin: 'http://roar.example' })).toBe(false)
  expect(isLetIn(secure, { host, origin: 'https://roar.example.evil.example' })).toBe(false)
  expect(isLetIn(outside(), { host, origin: `http://${host}` })).toBe(true)
})

test('what reads is not asked where it comes from', () => {
  expect(isLetIn(outside(), { 'sec-fetch-site': 'cross-site' }, 'GET')).toBe(true)
  expect(isLetIn(outside(), { 'sec-fetch-site': 'cross-site' }, 'DELETE')).toBe(false)
})

test('a link leads where the server is reached', () => {
  expect(outside('https://roar.example/live').link('s', request({ host: 'a' }))).toBe(
    'https://roar.example/live/studio/welcome#token=s',
  )
  expect(outside().link('s', request({ host: 'desk:7766' }))).toBe('http://desk:7766/studio/welcome#token=s')
  expect(outside().link('s')).toBe('http://127.0.0.1:7766/studio/welcome#token=s')
})
