import { expect, test } from 'bun:test'
import { parseSparkAddress } from './spark-session.ts'

test('an address says host, port, user and token, and a token brings TLS with it', () => {
  const plain = { host: 'spark', port: 15_002, tls: false, token: undefined, user: 'roar' }
  expect(parseSparkAddress('sc://spark')).toEqual(plain)
  expect(parseSparkAddress('sc://spark:99/')).toEqual({ ...plain, port: 99 })
  expect(parseSparkAddress('sc://spark:99/;user_id=ann;use_ssl=true')).toEqual({
    ...plain,
    port: 99,
    tls: true,
    user: 'ann',
  })
  expect(parseSparkAddress('sc://spark/;token=a%3Db')).toEqual({ ...plain, tls: true, token: 'a=b' })
  expect(parseSparkAddress('sc://[::1]:99').host).toBe('[::1]')
})

test.each([
  'spark:15002',
  'http://spark',
  'sc://',
  'sc://spark:port',
  'sc://spark:0',
  'sc://spark:65536',
  'sc://spark/;colour=red',
])('%p is refused with its own text in the sentence', (address) => {
  expect(() => parseSparkAddress(address)).toThrow(address)
})
