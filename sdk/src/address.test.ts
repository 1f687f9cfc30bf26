import { expect, test } from 'bun:test'
import { serverAt } from './address.ts'
import { connect, guest } from './index.ts'
import { votes } from './votes/index.ts'

const BAD = [
  'not a url',
  '',
  'localhost:7766',
  'roar.example',
  'ftp://roar.example',
  'http://',
  'https://user:secret@roar.example',
  'http://roar.example:99999',
  'http://a b',
  // Of no page's host.
  '/live',
]

test('an address that is none throws at once, whoever is given it', async () => {
  for (const url of BAD) {
    expect(() => connect({ url, show: 'final' })).toThrow(TypeError)
    expect(() => votes({ url, show: 'final' })).toThrow(TypeError)
    await expect(guest({ url })).rejects.toThrow(TypeError)
  }
})

test('the path of an address stays; a query, a fragment and slashes at its end go', () => {
  expect(serverAt('https://roar.example')).toBe('https://roar.example')
  expect(serverAt('https://roar.example/live/?a=b#c')).toBe('https://roar.example/live')
  expect(serverAt('http://[::1]:7766//')).toBe('http://[::1]:7766')
})
