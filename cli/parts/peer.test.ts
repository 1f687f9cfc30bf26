import { afterEach, expect, test } from 'bun:test'
import pino from 'pino'
import { systemClock } from '../../adapters/clock/clock.ts'
import { startEdge } from '../../services/edge/edge-fixture.ts'
import { Supervisor } from '../../services/supervision/supervisor.ts'
import { until } from '../../test/until.ts'
import { openPeer } from './peer.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** An edge, and whether it accepts relays. */
function edge(takesRelays: boolean): string {
  const fixture = startEdge({ isRelay: () => takesRelays })
  ends.push(() => fixture.close())
  return `mqtt://127.0.0.1:${fixture.tcpPort}`
}

async function peerAt(...urls: string[]) {
  const logger = pino({ level: 'silent' })
  const supervisor = new Supervisor({ clock: systemClock, logger })
  const health = supervisor.register('upstream', { neededFor: ['packets'] })
  const { thing, close } = await openPeer('upstream', {
    ...{
      url: urls.join(','),
      subscribesOnly: true,
      meanwhile: 'viewers wait',
      clock: systemClock,
      logger,
      health,
    },
    config: { 'pubsub-ca': '', 'pubsub-cert': '', 'pubsub-key': '' },
  })
  ends.push(() => close?.())
  thing.subscribe('roar/#', () => {})
  return { supervisor, upstream: thing }
}

test('an upstream that refuses us at the start has failed', async () => {
  const { supervisor } = await peerAt(edge(false))
  await expect(supervisor.failed).rejects.toThrow('it refuses our subscription')
})

test('the first of several that refuses us at the start is left for the next', async () => {
  const { supervisor, upstream } = await peerAt(edge(false), edge(true))
  const failed = supervisor.failed.catch((cause: Error) => cause)
  await until(() => upstream.state() === 'up')
  expect(await Promise.race([failed, 'none has'])).toBe('none has')
})
