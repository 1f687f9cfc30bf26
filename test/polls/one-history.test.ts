import { expect, test } from 'bun:test'
import pino from 'pino'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import type { Log, LogRecord, LogTopic, StoredRecord } from '../../adapters/log/log.ts'
import { memoryPollStore } from '../../adapters/memory/polls-memory.ts'
import { createPoll, openPoll } from '../../engine/polls/life.ts'
import { isConsistent, leafHash } from '../../engine/polls/merkle.ts'
import { paperOf, statementOf } from '../../engine/polls/receipts.ts'
import { RULES as FIRST_COUNTS } from '../../engine/polls/rules-fixture.ts'
import { type Random, seededRandom } from '../../load/random.ts'
import { type Ballot, leafText, type Poll, type PollRules } from '../../protocol/polls.ts'
import { ballots as ballotRecords } from '../../protocol/records/ballots.ts'
import { BallotCursor, BallotOrder, ballotsIn } from '../../services/polls/ballot-order.ts'
import { PollHeads } from '../../services/polls/heads.ts'
import { SigningKeys } from '../../services/polls/signing-keys.ts'
import { Witnesses } from '../../services/polls/witnesses.ts'
import { sha256 } from '../../services/sha256.ts'
import { UNSUPERVISED } from '../../services/supervision/unsupervised.ts'
import { Scheduler } from './seal/scheduler.ts'

const SEEDS = Number(process.env.SEEDS ?? 150)
const NOW = 1_795_349_712_000
const PARTITIONS = 3
const logger = pino({ level: 'silent' })
const witnesses = new Witnesses([], logger)
const RULES: PollRules = { ...FIRST_COUNTS, choices: [{ choice: 'anna', title: 'Anna' }], change: true }

type OrderedLog = Pick<Log, 'append' | 'read' | 'ends'>

/** A log in memory whose ballots have several partitions, which a key picks by its last character. */
function partitionedLog(): OrderedLog {
  const partitions: Partial<Record<LogTopic, StoredRecord[][]>> = {
    ballots: Array.from({ length: PARTITIONS }, () => []),
    cuts: [[]],
  }
  return {
    async append(topic, records) {
      return records.map((record) => {
        const all = partitions[topic]!
        const partition = record.key === null ? 0 : record.key.charCodeAt(21) % all.length
        const place = { partition, offset: all[partition]!.length, timestampMs: NOW }
        all[partition]!.push({ ...record, ...place })
        return place
      })
    },
    read: async (topic, { partition, offset }, count) =>
      partitions[topic]![partition]!.slice(offset, offset + count),
    ends: async (topic) => partitions[topic]!.map(({ length }) => length),
  }
}

/** The log as one process sees it: each word with it waits for its turn, on both ways. One that was killed hears no more. */
function seenBy(name: string, log: OrderedLog, scheduler: Scheduler) {
  let killed = false
  const turn = async (what: string) => {
    await scheduler.turn(`${name} ${what}`)
    if (killed) await new Promise(() => {})
  }
  const through = async <Answer>(what: string, ask: () => Promise<Answer>) => {
    await turn(what)
    const answer = await ask()
    await turn(`${what} answered`)
    return answer
  }
  return {
    kill: () => (killed = true),
    log: {
      append: (topic: LogTopic, records: LogRecord[]) =>
        through(`append ${topic}`, () => log.append(topic, records)),
      read: (topic: LogTopic, from: { partition: number; offset: number }, count: number) =>
        through(`read ${topic}`, () => log.read(topic, from, count)),
      ends: (topic: LogTopic) => through(`ends ${topic}`, () => log.ends(topic)),
    },
  }
}

const ballotOf = (i: number, random: Random): LogRecord =>
  ballotRecords.encode({
    show: 'final',
    poll: i % 5 === 4 ? 'other' : 'mvp',
    producer: 'p',
    sequence: i,
    batch: i,
    size: 1,
    ballot: `b${i}`,
    voter: `${String(i).padStart(21, 'v')}${'abc'[Math.floor(random() * PARTITIONS)]}`,
    segment: '',
    choice: ['anna'],
    points: [1],
    at: NOW + i,
    late: false,
    quarantined: false,
    ordinal: 1,
    salt: 's',
    markSalt: 'm',
  } satisfies Ballot)

/** Ballots come, three processes sign heads, each is killed now and then and started again. */
async function headsOf(random: Random, poll: Poll) {
  const scheduler = new Scheduler(random)
  const clock = new ManualClock(NOW)
  const log = partitionedLog()
  const store = memoryPollStore()
  const signingKeys = await SigningKeys.open({ store, clock, shared: false, health: UNSUPERVISED })
  const signed: string[] = []
  const paper = paperOf(sha256, poll)
  /** Of the process that takes the votes: it need not read its own. */
  const writer = start('w')
  const count = 10 + Math.floor(20 * random())

  function start(name: string) {
    const { log: seen, kill } = seenBy(name, log, scheduler)
    const order = new BallotOrder(seen)
    const heads = new PollHeads({ log: seen, order, store, signingKeys, witnesses, clock, logger })
    return { heads, kill }
  }
  async function run(name: string) {
    for (let life = 0; life < 3; life++) {
      const { heads, kill } = name === 'w' && life === 0 ? writer : start(`${name}${life}`)
      const lived = (async () => {
        for (let i = 0; i < 4; i++) {
          await scheduler.turn(`${name} asks`)
          // One that is slow to read says so, and goes on.
          const grown = await heads.of(poll).catch(() => undefined)
          if (grown !== undefined) signed.push(grown.heads[0]!.note)
        }
      })()
      const end = Math.floor(60 * random())
      for (let i = 0; i < end; i++) await scheduler.turn(`${name} lives on`)
      if (random() < 0.7) kill()
      else await lived
    }
  }
  async function vote() {
    for (let i = 0; i < count; i++) {
      await scheduler.turn('vote')
      const record = ballotOf(i, random)
      const places = await log.append('ballots', random() < 0.1 ? [record, record] : [record])
      // The writer is told one of the places, later or never.
      const place = places[Math.floor(random() * places.length)]!
      const ballot = ballotRecords.decode(record.value) as Ballot
      const hash = leafHash(sha256, leafText(statementOf(sha256, ballot, { place, paper })))
      if (random() < 0.8) writer.heads.fresh.add(place, { ...ballot, hash })
    }
  }
  await scheduler.until(Promise.all([vote(), ...['w', 'x', 'y', 'z'].map(run)]), () => clock.advance(500))
  return {
    log,
    signed,
    ids: idsOf(log),
    tree: last(log, { store, signingKeys, clock }, poll),
    trace: scheduler.trace,
  }
}

/** The tree of a process that starts when all is over. */
async function last(
  log: OrderedLog,
  others: Pick<ConstructorParameters<typeof PollHeads>[0], 'store' | 'signingKeys' | 'clock'>,
  poll: Poll,
) {
  const heads = new PollHeads({ log, order: new BallotOrder(log), witnesses, logger, ...others })
  return (await heads.of({ ...poll, sealed: NOW })).tree
}

/** The poll's ballots in their order. */
async function idsOf(log: OrderedLog): Promise<string[]> {
  const ids: string[] = []
  for await (const records of new BallotCursor(ballotsIn(log)).upTo(await new BallotOrder(log).reach()))
    for (const { ballot } of records)
      if (typeof ballot !== 'string' && ballot.poll === 'mvp') ids.push(ballot.ballot)
  return ids
}

test('of ballots in several partitions there is one history: every head that any process signed, killed or not, begins the last', async () => {
  const poll = openPoll(createPoll('final', 'mvp', RULES, NOW), NOW)
  let grown = 0
  for (let seed = 0; seed < SEEDS; seed++) {
    const { signed, ids, tree, trace } = await headsOf(seededRandom(seed), poll)
    const newest = (await tree).head()
    const sizes = new Map<number, string>()
    for (const note of signed) {
      const [, size, root] = note.split('\n') as [string, string, string]
      sizes.set(Number(size), root)
      const older = { size: Number(size), root: new Uint8Array(Buffer.from(root, 'base64')) }
      const path = older.size === 0 ? [] : await (await tree).consistency(older.size)
      const good = older.size === 0 || isConsistent(sha256, { older, newer: newest, path })
      if (!good) throw new Error(`seed ${seed}: the head of ${size} ballots is of another history: ${trace}`)
    }
    // Each ballot is one leaf, whatever came twice.
    expect([seed, newest.size]).toEqual([seed, new Set(await ids).size])
    grown += sizes.size
  }
  expect(grown).toBeGreaterThan(SEEDS)
})
