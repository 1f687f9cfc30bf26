import pino from 'pino'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import type { Log } from '../../adapters/log/log.ts'
import { MemoryLog } from '../../adapters/memory/log-memory.ts'
import { memoryPollStore } from '../../adapters/memory/polls-memory.ts'
import { memoryPubSub } from '../../adapters/memory/pubsub-memory.ts'
import { MemoryStore } from '../../adapters/memory/store-memory.ts'
import { DEMO_SHOW } from '../../engine/demo-show.ts'
import { type Random, seededRandom } from '../../load/random.ts'
import type { MoodPacket } from '../../protocol/packets.ts'
import type { LogTopic } from '../../protocol/records/codec.ts'
import { control } from '../../protocol/records/control.ts'
import { startAggregate } from '../../services/aggregate/aggregate.ts'
import { type Deliver, startDeliver } from '../../services/deliver/deliver.ts'
import { ShowDirectory } from '../../services/directory/directory.ts'
import { BallotBox } from '../../services/ingest/ballot-box.ts'
import { startPollDesk } from '../../services/polls/desk.ts'
import { SigningKeys, signatureVerifier } from '../../services/polls/signing-keys.ts'
import { startTally } from '../../services/polls/tally.ts'
import { Supervisor } from '../../services/supervision/supervisor.ts'
import { Faults, faultyLog, faultyStore } from './faults.ts'
import { POLL, Taps } from './load.ts'

const WINDOW_MS = 250
const STEP_MS = 25
/** How long everything goes wrong, and how long it may take to be right again: of the clock in the test's hands. */
const FAULTS_MS = 40_000
const RECOVERY_MS = 240_000

/** What one seed came to. */
export interface Outcome {
  seed: number
  accepted: number
  votes: number
  faults: Record<string, number>
  /** What is not as it must be; empty: all is well. */
  wrong: string[]
}

/** Poison for every topic that somebody reads in a group. */
const POISON = ['{', 'null', '', '{"show":"final\n"}', '[]', '\u0000']
const POISONED: LogTopic[] = ['reactions', 'counts', 'posts']

/**
 * An embedded system under taps and votes whose adapters fail as the seed says: appends refused, answered late or never,
 * reads that throw, a store that hangs and writes long after, records that are none, a clock that jumps, delivers that
 * come and go. Afterwards every sum is exact, nothing hangs, and no part has failed.
 */
export async function torture(seed: number): Promise<Outcome> {
  const random = seededRandom(seed)
  const clock = new ManualClock(1_795_349_712_000)
  const logger = pino({ level: 'silent' })
  const memory = new MemoryLog({ clock, recordsMax: 100 + Math.floor(random() * 2000), drainMs: RECOVERY_MS })
  const faults = new Faults({ random, clock })
  const log = faultyLog(memory, faults)
  const counted = new MemoryStore()
  const store = faultyStore(counted, faults)
  const supervisor = new Supervisor({ clock, logger })
  const pubsub = memoryPubSub()
  const packets: MoodPacket[] = []
  pubsub.subscribe('roar/final/mood', ({ payload }) => {
    packets.push(JSON.parse(new TextDecoder().decode(payload)) as MoodPacket)
  })
  await memory.append('control', [control.encode(DEMO_SHOW), control.encode(POLL)])
  const part = (name: string) => supervisor.register(name, { neededFor: ['packets'] })
  const directory = new ShowDirectory({ log, logger, health: part('directory') })

  let delivers = 0
  const openDeliver = () =>
    startDeliver({
      ...{ log, store, pubsub, directory, clock, logger, random },
      windowMs: WINDOW_MS,
      health: part(`deliver-${++delivers}`),
    })
  let active = openDeliver()
  let standby = openDeliver()
  const aggregate = startAggregate({ log, logger, windowMs: WINDOW_MS, health: part('aggregate') })
  const signer = await SigningKeys.open({ store: memoryPollStore(), clock, logger, shared: false })
  const box = new BallotBox({
    ...{ log, clock, signer, logger, health: part('votes') },
    papers: () => 'paper',
    verify: () => signatureVerifier(signer.publicSet()),
  })
  void box.start()
  const tally = startTally({
    ...{ log, clock, logger, health: part('tally') },
    everyMs: WINDOW_MS,
    skip: () => false,
  })
  const desk = startPollDesk({ log, directory, clock, logger, health: part('desk') })
  const load = new Taps({ log, directory, clock, logger, box, faults, random, health: part('ingest') })

  const turns = async () => {
    for (let i = 0; i < 4; i++) await new Promise((next) => setImmediate(next))
  }
  const pass = async () => {
    clock.advance(STEP_MS)
    await turns()
  }
  /** Lets time pass until it holds. */
  const until = async (holds: () => boolean, ms: number) => {
    for (let passed = 0; !holds() && passed < ms; passed += STEP_MS) await pass()
    return holds()
  }
  const ended = async (work: Promise<unknown>) => {
    let result: unknown
    work.then(
      () => (result = 'ended'),
      (cause) => (result = String(cause)),
    )
    await until(() => result !== undefined, RECOVERY_MS)
    return result ?? 'hangs'
  }

  let poisoned = 0
  const leaving: Promise<unknown>[] = []
  faults.rate = 0.1 + 0.5 * random()
  for (let passed = 0; passed < FAULTS_MS; passed += STEP_MS) {
    load.step()
    if (random() < 0.01) poisoned += await poison(memory, random)
    if (random() < 0.002) clock.setBack(Math.floor(random() * 5_000))
    if (random() < 0.002) clock.advance(Math.floor(random() * 3_000))
    if (random() < 0.001) {
      // One that leaves may wait for the store as long as it likes: what it does not do the next one does.
      leaving.push(active.drain().catch(() => {}))
      ;[active, standby] = [standby, openDeliver()]
    }
    await pass()
  }
  faults.rate = 0

  const wrong: string[] = []
  const check = (holds: boolean, what: string) => void (holds || wrong.push(what))
  const sum = (numbers: Iterable<number>) => [...numbers].reduce((all, n) => all + n, 0)
  const right = () =>
    faults.late === 0 && load.isIdle() && packets.at(-1)?.total === load.accepted && packets.at(-1)?.n === 0
  check(await until(right, RECOVERY_MS), `it is not right again: ${JSON.stringify(packets.at(-1))}`)
  check(
    await until(() => voters(desk) === load.voted, RECOVERY_MS),
    `${voters(desk)} of ${load.voted} votes are counted`,
  )

  const drains: [string, () => Promise<unknown>][] = [
    ['ingest', () => load.drain()],
    ['votes', () => box.drain()],
    ['tally', () => tally.drain()],
    ['desk', () => desk.drain()],
    ['aggregate', () => aggregate.drain()],
    ...[active, standby].map((deliver: Deliver): [string, () => Promise<unknown>] => [
      'deliver',
      () => deliver.drain(),
    ]),
    ['those that left', () => Promise.all(leaving)],
  ]
  for (const [name, drain] of drains) {
    const end = await ended(drain())
    check(end === 'ended', `the drain of ${name}: ${end}`)
  }

  const byStart = new Map(packets.map(({ at, n }) => [at, n]))
  check(sum(byStart.values()) === load.accepted, `the packets' growth is ${sum(byStart.values())}`)
  check(neverFalls(packets), 'a total that viewers saw fell')
  const kept = sum((await counted.counts('final')).totals.map(({ count }) => count))
  check(kept === load.accepted, `the store has ${kept}`)
  const letters = new Set(
    (await memory.read('dead-letters', { partition: 0, offset: 0 }, 1e6)).map(({ key }) => key),
  )
  check(letters.size === poisoned, `${letters.size} of ${poisoned} records that are none are set aside`)
  for (const [name, state] of Object.entries(supervisor.states()))
    check(state.state !== 'failed', `${name} failed: ${'reason' in state && state.reason}`)
  await directory.close()
  return {
    seed,
    accepted: load.accepted,
    votes: load.voted,
    faults: Object.fromEntries(faults.counts),
    wrong,
  }
}

const voters = (desk: ReturnType<typeof startPollDesk>): number =>
  desk.tally('final', POLL.poll).result(POLL).viewers

async function poison(log: Log, random: Random): Promise<number> {
  const topic = POISONED[Math.floor(random() * POISONED.length)]!
  const value = new TextEncoder().encode(POISON[Math.floor(random() * POISON.length)]!)
  // Whoever writes it waits his turn like everybody.
  return log.append(topic, [{ key: 'k', value }]).then(
    () => 1,
    () => 0,
  )
}

/** As a client sees it: what is not newer than what it has it drops. */
function neverFalls(packets: MoodPacket[]): boolean {
  let seen: MoodPacket | undefined
  for (const packet of packets) {
    if (seen !== undefined && packet.at <= seen.at) continue
    if (packet.total < (seen?.total ?? 0)) return false
    seen = packet
  }
  return true
}
