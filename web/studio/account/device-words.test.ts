import { expect, test } from 'bun:test'
import { deviceWords } from './device-words.ts'

test('a device is named as people name it', () => {
  const named = [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1',
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36',
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:145.0) Gecko/20100101 Firefox/145.0',
    'curl/8.5.0',
  ].map(deviceWords)
  expect(named).toEqual([
    'Edge on Windows',
    'Safari on iOS',
    'Chrome on Android',
    'Firefox on macOS',
    'curl/8.5.0',
  ])
})
