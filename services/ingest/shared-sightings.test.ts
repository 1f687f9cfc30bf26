import { expect, test } from 'bun:test'
import pino from 'pino'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { MemoryLog } from '../../adapters/memory/log-memory.ts'
import { RoarError } from '../../protocol/errors.ts'
import { sightings } from '../../protocol/records/sightings.ts'
import { UNSUPERVISED } from '../supervision/unsupervised.ts'
import { Quarantine } from './quarantine.ts'
import { shareSightings } from './shared-sightings.ts'

const POLL = { show: 'final', poll: 'mvp' }
const FARM = { address: '203.0.113.66', issuer: '' }
const turn = () => new Promise((resolve) => setImmediate(resolve))

/** Two ingests of one cluster, between which a balancer deals out what comes. */
function cluster() {
  const clock = new ManualClock(1_795_349_712_000)
  const log = new MemoryLog({ clock })
  const hashOf = (text: string) =>
    new Bun.CryptoHasher('sha256', 'a secret').update(text).digest('base64url').slice(0, 22)
  const logger = pino({ level: 'silent' })
  const ingests = [0, 1].map(() => new Quarantine({ threshold: 0.8, perSecond: 0, burst: 1 }))
  const stops = ingests.map((quarantine) =>
    shareSightings({ log, quarantine, hashOf, clock, logger, health: UNSUPERVISED }),
  )
  return { clock, log, ingests, stop: () => Promise.all(stops.map((stop) => stop())) }
}

/** How many of so many steady ballots go to quarantine. */
async function steadyFarm({ clock, ingests }: ReturnType<typeof cluster>, ballots: number): Promise<number> {
  let quarantined = 0
  for (let i = 0; i < ballots; i++) {
    const sighting = { at: clock.now(), answer: 'cleo=1', ageMs: 40, guest: true }
    if (ingests[i % 2]!.check(POLL, FARM, sighting)) quarantined++
    clock.advance(500)
    await turn()
    await turn()
  }
  return quarantined
}

test('a farm that comes to all ingests is seen whole: as soon as if there were one', async () => {
  const both = cluster()
  // Of twenty nothing is said; were each on its own, it would be forty.
  expect(await steadyFarm(both, 200)).toBeGreaterThanOrEqual(200 - 24)
  await both.stop()
})

test('what ingests tell each other holds nobody’s address and nobody’s answer', async () => {
  const both = cluster()
  await steadyFarm(both, 4)
  const records = await both.log.read('sightings', { partition: 0, offset: 0 }, 10)
  const told = records.map(({ value }) => new TextDecoder().decode(value)).join('\n')
  expect(told).toContain('"poll":"mvp"')
  for (const secret of ['203.0', 'cleo']) expect(told).not.toContain(secret)
  expect(sightings.decode(records[0]!.value)).toMatchObject({
    ballots: [{ ...POLL, ageMs: 40, guest: true }],
  })
  await both.stop()
})

test('while the log is away votes go on, and each ingest goes by what it has seen', async () => {
  const both = cluster()
  both.log.append = () => Promise.reject(new RoarError('log_unavailable', 'away'))
  expect(await steadyFarm(both, 100)).toBeGreaterThanOrEqual(100 - 48)
  await both.stop()
})
