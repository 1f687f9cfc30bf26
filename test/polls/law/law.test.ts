import { expect, test } from 'bun:test'
import { join } from 'node:path'
import pino from 'pino'
import { systemClock } from '../../../adapters/clock/clock.ts'
import { MemoryLog } from '../../../adapters/memory/log-memory.ts'
import { memoryPollStore } from '../../../adapters/memory/polls-memory.ts'
import { auditPoll } from '../../../cli/audit/audit.ts'
import type { AuditSource } from '../../../cli/audit/source.ts'
import { BallotFold } from '../../../engine/polls/ballot-fold.ts'
import { BallotRoll } from '../../../engine/polls/ballot-roll.ts'
import { paperOf } from '../../../engine/polls/receipts.ts'
import { Tally } from '../../../engine/polls/tally.ts'
import { seededRandom } from '../../../load/random.ts'
import { type TallyCell, tallyKey } from '../../../protocol/polls.ts'
import { BallotBox } from '../../../services/ingest/ballot-box.ts'
import { encodeBallot } from '../../../services/polls/ballot-codec.ts'
import { SigningKeys } from '../../../services/polls/signing-keys.ts'
import { sha256 } from '../../../services/sha256.ts'
import { UNSUPERVISED } from '../../../services/supervision/unsupervised.ts'
import { needs } from '../../needs.ts'
import { heldOf, lawOfVotes, type Verdict } from './law.ts'
import { type LegalLog, legalLog } from './legal-logs.ts'

/** More with SEEDS=100000. */
const SEEDS = Number(process.env.SEEDS ?? 400)
const RULES = [true, false].flatMap((countLate) =>
  [true, false].map((countQuarantined) => ({ countLate, countQuarantined })),
)

const logger = pino({ level: 'silent' })

/** Holds what `counts` makes of every legal log, under all rules, against the law. */
async function held(counts: (log: LegalLog) => Verdict | Promise<Verdict>): Promise<void> {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { poll, records } = legalLog(seededRandom(seed))
    for (const rules of RULES) {
      const law = lawOfVotes(
        records.map(({ ballot }) => ballot),
        rules,
      )
      const counted = plain(await counts({ poll: { ...poll, ...rules }, records }))
      expect({ seed, ...rules, ...counted }).toEqual({ seed, ...rules, ...plain(law) })
    }
  }
}

/** Without what is 0: the law names no choice that nobody has. */
function plain(verdict: Verdict): Verdict {
  const counts = (of: Record<string, number>) =>
    Object.fromEntries(Object.entries(of).filter(([, count]) => count !== 0))
  const segments = Object.entries(verdict.segments).filter(([, { viewers }]) => viewers !== 0)
  return {
    ...verdict,
    counts: counts(verdict.counts),
    segments: Object.fromEntries(
      segments.map(([segment, part]) => [segment, { ...part, counts: counts(part.counts) }]),
    ),
  }
}

/** The fold's cells, as the log of tallies has them. */
function cellsOf({ poll: { show, poll }, records }: LegalLog): TallyCell[] {
  const fold = new BallotFold()
  for (const { ballot } of records) fold.add(ballot)
  return fold.takeChanged().map((count) => ({ show, poll, ...count, version: 1 }))
}

test('the count on the screen is what the law says of every legal log', () =>
  held((log) => {
    const tally = new Tally()
    for (const cell of cellsOf(log)) tally.apply(cell)
    return {
      ...tally.result(log.poll),
      late: tally.marked('late'),
      quarantined: tally.marked('quarantined'),
    }
  }))

test('the recount of an audit is what the law says, and finds nothing in a legal log', () =>
  held(async (log) => {
    const { count, marks, findings } = await auditPoll(sourceOf(log), 'final', 'mvp')
    expect(findings).toEqual([])
    const { viewers, result: counts } = count
    const segments = Object.entries(count.segments).map(([segment, { viewers, result }]) => [
      segment,
      { viewers, counts: result },
    ])
    return { viewers, counts, segments: Object.fromEntries(segments), ...marks }
  }))

test('every ballot that holds is a leaf, each once, and an audit makes the same tree', async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const log = legalLog(seededRandom(seed))
    const ballots = log.records.map(({ ballot }) => ballot)
    const roll = new BallotRoll({ sha256, paper: paperOf(sha256, log.poll), perChunk: 256 })
    for (const { ballot, place } of log.records) roll.add(ballot, place)
    const { ballots: leaves, root } = roll.finish() ?? { ballots: [], root: sha256('') }
    expect({ seed, leaves }).toEqual({ seed, leaves: [...new Set(ballots.map(({ ballot }) => ballot))] })
    const held = [...heldOf(ballots).values()].flat().map(({ ballot }) => ballot)
    expect({ seed, held: new Set(held).difference(new Set(leaves)) }).toEqual({ seed, held: new Set() })
    const audit = await auditPoll(sourceOf(log), 'final', 'mvp')
    expect({ seed, root: audit.root }).toEqual({ seed, root: Buffer.from(root).toString('base64url') })
  }
})

test('records that are no ballots are named, and the sums agree all the same; what the tally does not say is no agreement', async () => {
  const log = legalLog(seededRandom(1))
  const source = sourceOf(log)
  const junk = ['', '{', 'null', '{"show":"final","poll":"mvp","voter":"x","choice":["anna"],"points":[1]}']
  async function* rows(topic: 'ballots' | 'tallies') {
    for (const [offset, text] of junk.entries())
      yield [{ partition: 9, offset, key: null, value: new TextEncoder().encode(text) }]
    yield* source.rows(topic)
  }
  const { agrees, findings, count } = await auditPoll({ ...source, rows }, 'final', 'mvp')
  expect(findings.map(({ what, partition, offset }) => [what, partition, offset])).toEqual(
    junk.map((_, offset) => ['unreadable', 9, offset]),
  )
  expect(agrees).toBe(true)
  expect(count).toEqual((await auditPoll(source, 'final', 'mvp')).count)

  async function* withoutTallies(topic: 'ballots' | 'tallies') {
    if (topic === 'ballots') yield* source.rows(topic)
  }
  expect((await auditPoll({ ...source, rows: withoutTallies }, 'final', 'mvp')).agrees).toBe(false)
})

test("the ballot box of a process that reads a legal log takes for each voter's newest what the law does", async () => {
  const key = await SigningKeys.open({
    store: memoryPollStore(),
    clock: systemClock,
    shared: false,
    health: UNSUPERVISED,
  })
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { records } = legalLog(seededRandom(seed))
    const log = new MemoryLog({ clock: systemClock })
    await log.append(
      'ballots',
      records.map(({ ballot }) => ({ key: ballot.voter, value: encodeBallot(ballot) })),
    )
    const verify = () => expect.unreachable()
    const box = new BallotBox({
      log,
      clock: systemClock,
      signer: key,
      papers: () => '',
      verify,
      logger,
      health: UNSUPERVISED,
    })
    await box.start()
    for (const [voter, own] of heldOf(records.map(({ ballot }) => ballot))) {
      const newest = await box.newest('final', 'mvp', voter)
      expect([seed, newest?.ballot]).toEqual([seed, own.at(-1)!])
    }
    await box.drain()
    await log.close()
  }
})

test.skipIf(!needs('python3'))('the checker in Python counts what the law says of every legal log', () => {
  const logs = Array.from({ length: SEEDS }, (_, i) => {
    const { records } = legalLog(seededRandom(i + 1))
    return { ballots: records.map(({ ballot }) => ballot), ...RULES[i % RULES.length]! }
  })
  const stdin = Buffer.from(logs.map((log) => JSON.stringify(log)).join('\n'))
  const { stdout } = Bun.spawnSync(['python3', join(import.meta.dir, '../verify.py'), 'law'], { stdin })
  const counted = JSON.parse(stdout.toString()) as [number, Record<string, number>][]
  const lawful = logs.map(({ ballots, ...rules }) => {
    const { viewers, counts } = lawOfVotes(ballots, rules)
    return [viewers, counts]
  })
  expect(counted).toEqual(lawful as typeof counted)
})

/** What an audit reads, of a log in memory. */
function sourceOf(log: LegalLog): AuditSource {
  const bytes = (value: object) => new TextEncoder().encode(JSON.stringify(value))
  return {
    poll: async () => JSON.stringify(log.poll),
    certificate: async () => undefined,
    async *leaves() {},
    async *trail() {},
    head: async () => undefined,
    keys: async () => [],
    async *rows(topic) {
      if (topic === 'ballots') {
        for (const { ballot, place } of log.records)
          yield [{ ...place, key: ballot.voter, value: bytes(ballot) }]
      } else {
        for (const [offset, cell] of cellsOf(log).entries())
          yield [{ partition: 0, offset, key: tallyKey(cell), value: bytes(cell) }]
      }
    },
    embedded: false,
  }
}
