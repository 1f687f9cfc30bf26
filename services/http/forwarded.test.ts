import { expect, test } from 'bun:test'
import { forwardedAddress, isSecure } from './forwarded.ts'
import { canonical, networkOfV6 } from './ip.ts'

const byFor = (forwardedFor: string) => forwardedAddress(true, { forwardedFor, forwarded: undefined })
const byStandard = (forwarded: string) => forwardedAddress(true, { forwardedFor: undefined, forwarded })

test.each([
  ['203.0.113.9', '203.0.113.9'],
  ['203.0.113.9:50001', '203.0.113.9'],
  [' 203.0.113.9:50002 ', '203.0.113.9'],
  ['198.51.100.1, 203.0.113.9:1', '203.0.113.9'],
  ['2001:db8::1', '2001:db8::1'],
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['[2001:db8::1]:443', '2001:db8::1'],
  ['::ffff:203.0.113.9', '203.0.113.9'],
  ['[::ffff:cb00:7109]:80', '203.0.113.9'],
  ['fe80::1%eth0', 'fe80::1'],
  ['unknown', 'unknown'],
  ['_hidden', 'unknown'],
  ['', 'unknown'],
  ['203.0.113.9, unknown', 'unknown'],
  // The last one is what the second proxy of this machine saw of the first.
  ['203.0.113.9, 127.0.0.1', '203.0.113.9'],
  ['198.51.100.1, 203.0.113.9:7, [::1]:80, 127.0.0.1', '203.0.113.9'],
  ['127.0.0.1', '127.0.0.1'],
])('X-Forwarded-For: %s is the one address %s', (field, address) => {
  expect(byFor(field)).toBe(address)
})

test.each([
  ['for=203.0.113.9', '203.0.113.9'],
  ['For="203.0.113.9:50001"', '203.0.113.9'],
  ['by=203.0.113.1;FOR="[2001:db8::1]:443";proto=https', '2001:db8::1'],
  ['for=198.51.100.1, for=203.0.113.9;host="a, b;for=192.0.2.1"', '203.0.113.9'],
  ['for="198.51.100.1, for=192.0.2.1", for=203.0.113.9', '203.0.113.9'],
  ['for=203.0.113.9, for="127.0.0.1:80"', '203.0.113.9'],
  // The nearest proxy speaks and does not say for whom: what stands before is the client's own word.
  ['for=198.51.100.1, proto=https', 'unknown'],
  ['for=_SEVKISEK', 'unknown'],
])('Forwarded: %s is the address %s (RFC 7239)', (field, address) => {
  expect(byStandard(field)).toBe(address)
})

test('whoever sends the field that our proxy does not write chooses no address', () => {
  const both = { forwardedFor: '203.0.113.9', forwarded: 'for=198.51.100.1' }
  expect(forwardedAddress(false, both)).toBeUndefined()
  expect(forwardedAddress(true, both)).toBe('203.0.113.9')
  expect(forwardedAddress('forwarded', both)).toBe('198.51.100.1')
  expect(forwardedAddress(true, { forwardedFor: undefined, forwarded: undefined })).toBeUndefined()
})

test.each([
  ['x-forwarded-proto', 'https', true],
  ['x-forwarded-proto', 'HTTPS', true],
  ['x-forwarded-proto', 'https,http', true],
  ['x-forwarded-proto', 'http, https', true],
  ['x-forwarded-proto', 'http', false],
  ['x-forwarded-proto', 'httpsx', false],
  ['forwarded', 'for=203.0.113.9;proto=https, for=10.0.0.1;proto=http', true],
  ['forwarded', 'Proto="HTTPS";for=203.0.113.9', true],
  ['forwarded', 'for=203.0.113.9;host="proto=https"', false],
])('%s: %s is wss: %p', (name, value, secure) => {
  const request = new Request('http://roar', { headers: { [name]: value } })
  expect(isSecure(request, { trustProxy: true, tls: false })).toBe(secure)
  expect(isSecure(request, { trustProxy: false, tls: false })).toBe(false)
})

test('an address has one network, however it is written', () => {
  for (const address of ['2001:db8:1:2::1', '2001:DB8:1:2:0:0:0:1', '2001:0db8:0001:0002::0001'])
    expect(networkOfV6(canonical(address), 4)).toBe('2001:db8:1:2')
})
