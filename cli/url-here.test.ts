import { expect, test } from 'bun:test'
import { urlHere } from './url-here.ts'

test('a server is reached at an address that a browser takes, whatever it listens on', () => {
  const at = (host: string) => new URL(urlHere({ host, port: 7766, 'tls-cert': '' })).href
  expect(['0.0.0.0', '::', '::1', '192.0.2.7', 'roar.example'].map(at)).toEqual([
    'http://localhost:7766/',
    'http://localhost:7766/',
    'http://[::1]:7766/',
    'http://192.0.2.7:7766/',
    'http://roar.example:7766/',
  ])
})
