import { expect, test } from 'bun:test'
import type { Socket } from 'bun'
import { StreamTransport } from './stream-transport.ts'

test('who sends on and on after a goodbye is cut at once, and what was on its way is passed over', () => {
  let terminated = 0
  const socket = {
    remoteAddress: '192.0.2.1',
    timeout() {},
    shutdown() {},
    terminate: () => terminated++,
  }
  const transport = new StreamTransport(socket as unknown as Socket<never>, { backlogBytesMax: 1 })
  transport.close(1000, '')
  transport.ignored(1024 * 1024)
  expect(terminated).toBe(0)
  transport.ignored(1)
  expect(terminated).toBe(1)
})
