import pino from 'pino'
import type { Log } from '../../adapters/log/log.ts'
import { memoryPollStore } from '../../adapters/memory/polls-memory.ts'
import { memoryPubSub } from '../../adapters/memory/pubsub-memory.ts'
import { DEMO_SHOW } from '../../engine/demo-show.ts'
import { type Random, seededRandom } from '../../load/random.ts'
import type { MoodPacket } from '../../protocol/packets.ts'
import type { LogTopic } from '../../protocol/records/codec.ts'
import { control } from '../../protocol/records/control.ts'
import { startAggregate } from '../../services/aggregate/aggregate.ts'
import { startDeliver } from '../../services/deliver/deliver.ts'
import { ShowDirectory } from '../../services/directory/directory.ts'
import { BallotBox } from '../../services/ingest/ballot-box.ts'
import { startPollDesk } from '../../services/polls/desk.ts'
import { SigningKeys, signatureVerifier } from '../../services/polls/signing-keys.ts'
import { startTally } from '../../services/polls/tally.ts'
import { RoomDirectory } from '../../services/rooms/room-directory.ts'
import { Supervisor } from '../../services/supervision/supervisor.ts'
import { Faults, faultyLog, faultyStore } from './faults.ts'
import { POLL, Taps } from './load.ts'
import { embeddedWorld, STEP_MS, type World } from './world.ts'

const WINDOW_MS = 250
/** How often each happens in a run, about. */
const POISONED_RECORDS = 16
const JUMPS = 6
const LEAVINGS = 2
const FAILOVERS = 2
const STANDSTILLS = 4
/** Writes that a store has not which takes over. */
const LOST_MAX = 5

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
 * A system under taps and votes whose adapters fail as the seed says: appends refused, answered late or never, reads that
 * throw, a store that hangs and writes long after or loses what it wrote last, records that are none, a clock that jumps, a machine that stands still, delivers that come and go.
 * Afterwards every sum is exact, nothing hangs, and no part has failed.
 * @param options.in Where: a process that has all in itself, or processes on a log that they share.
 */
export async function torture(
  seed: number,
  { in: enter }: { in: (random: Random) => World | Promise<World> } = { in: embeddedWorld },
): Promise<Outcome> {
  const randomOf = (name: string) => seededRandom(seed * 2 ** 32 + Bun.hash.crc32(name))
  const random = randomOf('what happens')
  const world = await enter(randomOf('world'))
  const { clock, times } = world
  const logger = pino({ level: 'silent' })
  const faults = new Faults({ randomOf, clock, times })
  const open = async () => faultyLog((await world.open()).log, faults)
  /** What the run itself reads and writes goes well. */
  const { log: plain } = await world.open()
  const counted = world.store
  const store = faultyStore(counted, faults)
  const supervisor = new Supervisor({ clock, logger })
  const pubsub = memoryPubSub()
  const packets: MoodPacket[] = []
  pubsub.subscribe('roar/final/mood', ({ payload }) => {
    packets.push(JSON.parse(new TextDecoder().decode(payload)) as MoodPacket)
  })
  await plain.append('control', [control.encode(DEMO_SHOW), control.encode(POLL)])
  const part = (name: string) => supervisor.register(name, { neededFor: ['packets'] })
  const [ingestLog, countLog, studioLog] = [await open(), await open(), await open()]
  /** Lets time pass until it holds; not for ever. */
  const until = async (holds: () => boolean) => {
    for (let passed = 0; !holds() && passed < times.recoveryMs; passed += STEP_MS) await world.pass()
    return holds()
  }
  const ended = async (work: Promise<unknown>) => {
    let result: unknown
    work.then(
      () => (result = 'ended'),
      (cause) => (result = String(cause)),
    )
    await until(() => result !== undefined)
    return result ?? 'hangs'
  }

  const directory = new ShowDirectory({ log: studioLog, logger, health: part('directory') })
  // As a process does that answers viewers.
  await ended(directory.caughtUp())
  const rooms = new RoomDirectory({ log: studioLog, directory, clock, logger, health: part('rooms') })

  let delivers = 0
  const openDeliver = async () => {
    const { log, cut } = await world.open()
    const deliver = startDeliver({
      ...{ log: faultyLog(log, faults), store, pubsub, directory, rooms, clock, logger },
      random: randomOf('deliver'),
      windowMs: WINDOW_MS,
      health: part(`deliver-${++delivers}`),
    })
    return { drain: () => deliver.drain(), cut }
  }
  let active = await openDeliver()
  let standby = await openDeliver()
  const aggregate = startAggregate({ log: countLog, logger, windowMs: WINDOW_MS, health: part('aggregate') })
  const signer = await SigningKeys.open({
    store: memoryPollStore(),
    clock,
    shared: false,
    health: part('keys'),
  })
  const box = new BallotBox({
    ...{ log: ingestLog, clock, signer, logger, health: part('votes') },
    papers: () => 'paper',
    verify: () => signatureVerifier(signer.publicSet()),
  })
  void box.start()
  const tally = startTally({
    ...{ log: countLog, clock, logger, health: part('tally') },
    everyMs: WINDOW_MS,
    skip: () => false,
  })
  const desk = startPollDesk({ log: studioLog, directory, clock, logger, health: part('desk') })
  const load = new Taps({
    ...{ log: ingestLog, directory, rooms, clock, logger, box, faults, health: part('ingest') },
    random: randomOf('load'),
  })

  let poisoned = 0
  // In every other run, as what packets have said is known to the last reaction only where nothing was lost.
  const failOver = seed % 2 === 0 ? world.failOver : undefined
  let hasLost = false
  const leaving: Promise<unknown>[] = []
  const leftBehind: Promise<() => Promise<void>>[] = []
  faults.rate = 0.2 + 0.6 * random()
  const steps = times.faultsMs / STEP_MS
  for (let step = 0; step < steps; step++) {
    load.step()
    if (random() < POISONED_RECORDS / steps) poisoned += await poison(plain, random)
    if (random() < JUMPS / steps) world.jump(Math.floor(random() * 8_000) - 5_000)
    if (random() < STANDSTILLS / steps) world.standStill?.(Math.floor(random() * 8_000))
    if (failOver !== undefined && random() < FAILOVERS / steps) {
      await failOver(Math.ceil(random() * LOST_MAX))
      hasLost = true
    }
    if (random() < LEAVINGS / steps) {
      const leaver = active
      ;[active, standby] = [standby, await openDeliver()]
      // What it does not do the next one does. It may wait for the store as long as it likes, or believe that it is active still.
      if (leaver.cut === undefined || random() < 0.5) leaving.push(leaver.drain().catch(() => {}))
      else leftBehind.push(leaver.cut().then(() => leaver.drain))
    }
    await world.pass()
  }
  faults.rate = 0
  world.setRight()

  const wrong: string[] = []
  const check = (holds: boolean, what: string) => void (holds || wrong.push(what))
  const sum = (numbers: Iterable<number>) => [...numbers].reduce((all, n) => all + n, 0)
  const said = () => sum(new Map(packets.map(({ at, n }) => [at, n])).values())
  // What the packets of a lost write have said nobody knows any more.
  const isSaid = () => hasLost || said() === load.accepted
  // A total is published at once where another took over; what it has grown by is in the packet after that.
  const right = () =>
    faults.late === 0 &&
    load.waiting === 0 &&
    packets.at(-1)?.total === load.accepted &&
    packets.at(-1)?.n === 0 &&
    isSaid()
  check(
    await until(right),
    `it is not right again: ${faults.late} calls are late, ${load.waiting} wait, the packets' growth is ${said()}, ${JSON.stringify(packets.at(-1))}`,
  )
  check(await until(() => voters(desk) === load.voted), `${voters(desk)} of ${load.voted} votes are counted`)

  const drains: [string, () => Promise<unknown>][] = [
    ['ingest', () => load.drain()],
    ['votes', () => box.drain()],
    ['tally', () => tally.drain()],
    ['desk', () => desk.drain()],
    ['aggregate', () => aggregate.drain()],
    ['the active deliver', active.drain],
    ['the deliver on standby', standby.drain],
    ['those that left', () => Promise.all(leaving)],
    [
      'those that were left behind',
      async () => Promise.all((await Promise.all(leftBehind)).map((drain) => drain())),
    ],
  ]
  for (const [name, drain] of drains) {
    const end = await ended(drain())
    check(end === 'ended', `the drain of ${name}: ${end}`)
  }

  check(isSaid(), `the packets' growth is ${said()}`)
  check(neverFalls(packets), 'a total that viewers saw fell')
  const kept = sum((await counted.counts('final')).totals.map(({ count }) => count))
  check(kept === load.accepted, `the store has ${kept}`)
  const letters = new Set(
    (await plain.read('dead-letters', { partition: 0, offset: 0 }, 1e6)).map(({ key }) => key),
  )
  check(letters.size === poisoned, `${letters.size} of ${poisoned} records that are none are set aside`)
  for (const [name, state] of Object.entries(supervisor.states()))
    check(state.state !== 'failed', `${name} failed: ${'reason' in state && state.reason}`)
  await directory.close()
  await world.close()
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
