import { afterEach, expect, spyOn, test } from 'bun:test'
import legacyUrl from 'node:url'
import mqttPacket, { type IConnectPacket } from 'mqtt-packet'
import { until } from '../../test/until.ts'
import { systemClock } from '../clock/clock.ts'
import { keepLink } from './mqtt-link.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

/** Parses packets from chunks of any size. */
function packets(): { connects: IConnectPacket[]; take: (chunk: Uint8Array) => void } {
  const connects: IConnectPacket[] = []
  const parser = mqttPacket.parser({ protocolVersion: 5 })
  parser.on('packet', (packet) => connects.push(packet as IConnectPacket))
  return { connects, take: (chunk) => void parser.parse(Buffer.from(chunk)) }
}

/** Servers on IPv6 that read a CONNECT and answer nothing. */
const LISTENERS = {
  mqtt(take: (chunk: Uint8Array) => void) {
    const server = Bun.listen({
      ...{ hostname: '::1', port: 0 },
      socket: { data: (_, chunk) => take(chunk) },
    })
    return { port: server.port, stop: () => server.stop(true) }
  },
  ws(take: (chunk: Uint8Array) => void) {
    const server = Bun.serve({
      ...{ hostname: '::1', port: 0 },
      fetch: (request, server) =>
        new URL(request.url).pathname === '/mqtt' && server.upgrade(request)
          ? undefined
          : new Response(null, { status: 404 }),
      websocket: { message: (_, chunk) => take(chunk as Buffer) },
    })
    return { port: server.port!, stop: () => server.stop(true) }
  },
}

test.each(['mqtt', 'ws'] as const)(
  'of an address over %s everything is taken as it is written: IPv6, the path, a colon in a name and in a password',
  async (scheme) => {
    const parsed = spyOn(legacyUrl, 'parse')
    ends.push(() => parsed.mockRestore())
    const { connects, take } = packets()
    const { port, stop } = LISTENERS[scheme](take)
    const link = keepLink(
      {
        url: `${scheme}://the%3Arelay:so%3A%2Csecret@[::1]:${port}/mqtt`,
        ...{ clock: systemClock, random: () => 0 },
      },
      { onUp: () => {}, onDown: () => {} },
    )
    ends.push(stop, () => link.close())
    await until(() => connects.length > 0)
    expect(connects[0]).toMatchObject({ username: 'the:relay', password: Buffer.from('so:,secret') })
    // Deprecated: every compiled program would print a warning to standard error (DEP0169).
    expect(parsed).not.toHaveBeenCalled()
  },
)
