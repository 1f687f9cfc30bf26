import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { type Answer, type Ballot, markOf, type TallyCell, tallyKey } from '../../protocol/polls.ts'
import { ballots } from '../../protocol/records/ballots.ts'
import { tallyVectors } from '../../test/vectors.ts'
import { BallotFold } from './ballot-fold.ts'
import { Tally } from './tally.ts'

type Count = Omit<TallyCell, 'version'>

function foldAll(ballots: Ballot[]): Count[] {
  const folds = new Map<string, { show: string; poll: string; fold: BallotFold }>()
  const cells = new Map<string, Count>()
  for (const ballot of ballots) {
    const { show, poll } = ballot
    const entry = folds.get(`${show}/${poll}`) ?? { show, poll, fold: new BallotFold() }
    folds.set(`${show}/${poll}`, entry)
    entry.fold.add(ballot)
    for (const count of entry.fold.takeChanged())
      cells.set(tallyKey({ show, poll, ...count }), { show, poll, ...count })
  }
  return [...cells.values()]
}

const lines = (cells: Count[]) =>
  cells
    .map(
      ({ show, poll, segment, choice, mark, count }) =>
        `${show}/${poll}/${segment}/${choice}/${mark} ${count}`,
    )
    .toSorted()

describe('golden vectors: every fold gives these tallies', () => {
  for (const vector of tallyVectors()) {
    test(vector.name, () => {
      const parsed = vector.records.map(({ ballot, text }) =>
        ballots.decode(new TextEncoder().encode(text ?? JSON.stringify(ballot))),
      )
      expect(parsed.filter((ballot) => typeof ballot === 'string')).toEqual(vector.faults ?? [])
      expect(lines(foldAll(parsed.filter((ballot) => typeof ballot !== 'string')))).toEqual(
        lines(vector.cells),
      )
    })
  }
})

interface Step {
  voter: number
  answer: Answer
  segment: string
  late: boolean
  repeatOf: number | undefined
}

const step: fc.Arbitrary<Step> = fc.record({
  voter: fc.nat(6),
  answer: fc.constantFrom(
    { choice: ['anna'], points: [1] },
    { choice: ['ben'], points: [1] },
    { choice: ['anna', 'ben'], points: [7, 3] },
  ),
  segment: fc.constantFrom('', 'home', 'away'),
  late: fc.boolean(),
  repeatOf: fc.option(fc.nat(20), { nil: undefined }),
})

/** The log that one ingest would write for these steps. */
function logOf(steps: Step[], { change }: { change: boolean }): Ballot[] {
  const log: Ballot[] = []
  const newest = new Map<number, Ballot>()
  for (const { voter, answer, segment, late, repeatOf } of steps) {
    if (repeatOf !== undefined && log.length > 0) {
      log.push(log[repeatOf % log.length]!)
      continue
    }
    const before = newest.get(voter)
    if (before !== undefined && !change) continue
    const ballot: Ballot = {
      show: 'final',
      poll: 'mvp',
      producer: 'p',
      sequence: log.length,
      batch: log.length,
      size: 1,
      ballot: `b${log.length}`,
      voter: Buffer.alloc(16, voter + 1).toString('base64url'),
      segment,
      ...answer,
      at: log.length,
      // Time goes on: whoever comes after a late ballot of theirs is late too.
      late: late || before?.late === true,
      quarantined: false,
      ordinal: (before?.ordinal ?? 0) + 1,
      salt: '',
      markSalt: '',
      ...(before === undefined
        ? {}
        : {
            replaces: {
              ballot: before.ballot,
              segment: before.segment,
              choice: before.choice,
              points: before.points,
            },
          }),
    }
    log.push(ballot)
    newest.set(voter, ballot)
  }
  return log
}

/** The result as anyone would say it: each voter's last answer that is let in. */
function plainResult(log: Ballot[], { countLate }: { countLate: boolean }) {
  const last = new Map<string, Ballot>()
  for (const ballot of log) {
    if (ballot.late && !countLate) continue
    if ((last.get(ballot.voter)?.ordinal ?? 0) < ballot.ordinal) last.set(ballot.voter, ballot)
  }
  const counts: Record<string, number> = { anna: 0, ben: 0 }
  for (const { choice, points } of last.values())
    for (const [i, id] of choice.entries()) counts[id]! += points[i]!
  return { viewers: last.size, counts }
}

function resultOf(log: Ballot[], { countLate }: { countLate: boolean }) {
  const tally = new Tally()
  for (const [i, cell] of foldAll(log).entries()) tally.apply({ ...cell, version: i + 1 })
  const { viewers, counts } = tally.result({
    choices: ['anna', 'ben'].map((choice) => ({ choice, title: choice })),
    countLate,
    countQuarantined: true,
  })
  return { viewers, counts }
}

test("the result is each voter's last answer, with and without the late ones, whatever is repeated", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.boolean(), fc.boolean(), (steps, change, countLate) => {
      const log = logOf(steps, { change })
      expect(resultOf(log, { countLate })).toEqual(plainResult(log, { countLate }))
    }),
  )
})

test('how the voters interleave changes nothing, as long as each keeps the order of their own ballots', () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 40 }),
      fc.array(fc.nat(6), { maxLength: 60 }),
      fc.boolean(),
      (steps, order, change) => {
        const log = logOf(steps, { change })
        const queues = Map.groupBy(log, ({ voter }) => voter)
        const keys = [...queues.keys()]
        const shuffled: Ballot[] = []
        for (const pick of order) {
          const next = queues.get(keys[pick % Math.max(1, keys.length)] ?? '')?.shift()
          if (next !== undefined) shuffled.push(next)
        }
        shuffled.push(...[...queues.values()].flat())
        expect(lines(foldAll(shuffled))).toEqual(lines(foldAll(log)))
      },
    ),
  )
})

test('of two ballots with one ordinal the first in the log counts: the order within a voter decides', () => {
  const [first] = logOf(
    [{ voter: 1, answer: { choice: ['anna'], points: [1] }, segment: '', late: false, repeatOf: undefined }],
    { change: false },
  )
  const second: Ballot = { ...first!, ballot: 'other', choice: ['ben'] }
  expect(resultOf([first!, second], { countLate: true }).counts).toEqual({ anna: 1, ben: 0 })
  expect(resultOf([second, first!], { countLate: true }).counts).toEqual({ anna: 0, ben: 1 })
})

test('the cells of viewers add up to the voters, and with one choice each so do the choices', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.boolean(), (steps, change) => {
      const single = steps.map((each) => ({
        ...each,
        answer: { choice: [each.answer.choice[0]!], points: [1] },
      }))
      const log = logOf(single, { change })
      const cells = foldAll(log)
      const sum = (of: Count[]) => of.reduce((total, { count }) => total + count, 0)
      const voters = new Set(log.map(({ voter }) => voter)).size
      expect(sum(cells.filter(({ choice }) => choice === ''))).toBe(voters)
      expect(sum(cells.filter(({ choice }) => choice !== ''))).toBe(voters)
      expect(cells.filter(({ mark, count }) => mark === '' && count < 0)).toEqual([])
    }),
  )
})

test('cells can come in any order and more than once: the newest version of each is what counts', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({ choice: fc.constantFrom('anna', 'ben', ''), version: fc.integer({ min: 1, max: 9 }) }),
        { maxLength: 30 },
      ),
      (arrivals) => {
        const tally = new Tally()
        const newest: Record<string, number> = { anna: 0, ben: 0, '': 0 }
        for (const { choice, version } of arrivals) {
          tally.apply({
            show: 'final',
            poll: 'mvp',
            segment: '',
            choice,
            mark: markOf({ late: false, quarantined: false }),
            count: version * 10,
            version,
          })
          newest[choice] = Math.max(newest[choice]!, version * 10)
        }
        const { viewers, counts } = tally.result({
          choices: [
            { choice: 'anna', title: '' },
            { choice: 'ben', title: '' },
          ],
          countLate: true,
          countQuarantined: true,
        })
        expect<Record<string, number>>({ ...counts, '': viewers }).toEqual(newest)
      },
    ),
  )
})

test('a fold says of each ballot whether it counted, how many voters there are, and each change once', () => {
  const [first] = logOf(
    [{ voter: 1, answer: { choice: ['anna'], points: [1] }, segment: '', late: false, repeatOf: undefined }],
    { change: false },
  )
  const fold = new BallotFold()
  expect(fold.voters).toBe(0)
  expect([fold.add(first!), fold.add(first!)]).toEqual([true, false])
  expect(fold.voters).toBe(1)
  expect(fold.takeChanged()).toEqual([
    { segment: '', choice: '', mark: '', count: 1 },
    { segment: '', choice: 'anna', mark: '', count: 1 },
  ])
  expect(fold.takeChanged()).toEqual([])
})
