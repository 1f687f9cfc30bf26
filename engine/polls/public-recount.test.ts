import { describe, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import type { Paper } from '../../protocol/commitments.ts'
import type { Ballot, CertificateStatement } from '../../protocol/polls.ts'
import type { PublicBallot } from '../../protocol/public-ballots.ts'
import type { Sha256 } from './merkle.ts'
import { PublicRecount, publicOf } from './public-recount.ts'
import { paperOf } from './receipts.ts'

/*
 * Leaves, the tree and the result are worked out here once more, from docs/voting.md and RFC 9162 section 2.1.1: no call of
 * the code that is checked.
 */
const sha256: Sha256 = (data, into = new Uint8Array(32)) => Bun.SHA256.hash(data, into) as Uint8Array
const hash = (...parts: (string | Buffer)[]): Buffer => {
  const sum = createHash('sha256')
  for (const part of parts) sum.update(part)
  return sum.digest()
}
const url = (text: string): string => hash(text).toString('base64url')
const [LEAF, NODE] = [Buffer.from([0]), Buffer.from([1])]

function leafOf(ballot: Ballot, offset: number): Buffer {
  const { salt, segment, voter, choice, points, late, quarantined, markSalt, ordinal, at } = ballot
  const mark = url(`roar-mark-v1\n${markSalt}\n${quarantined ? 'in quarantine' : 'not in quarantine'}`)
  const answer = choice.map((id, i) => `${id}=${points[i]}`).join(',')
  const [answerSalt, inSegment] = [url(`roar-salt-v1\n${salt}`), url(`roar-segment-v1\n${salt}\n${segment}`)]
  const commitment = url(`roar-answer-v2\n${answerSalt}\n${voter}\n${inSegment}\n${answer}`)
  const time = late ? 'late' : 'in time'
  const lines = ['final', 'mvp', 'paper', ballot.ballot, ordinal, at, time, mark, 0, offset, commitment]
  return hash(LEAF, `roar-ballot-v2\n${lines.join('\n')}`)
}

/** Left of the largest power of two that is smaller than all. */
function treeOf(leaves: Buffer[]): Buffer {
  if (leaves.length < 2) return leaves[0] ?? hash('')
  let split = 1
  while (split * 2 < leaves.length) split *= 2
  return hash(NODE, treeOf(leaves.slice(0, split)), treeOf(leaves.slice(split)))
}

/** 128 bits, as every voter is. */
const voterOf = (name: string): string => hash(name).toString('base64url', 0, 16)

const CHOICES = ['anna', 'ben', 'cleo']
interface Counting {
  late: boolean
  quarantined: boolean
}

/** What an honest certificate says of these ballots, in their order. */
function certified(ballots: Ballot[], counts: Counting): CertificateStatement {
  const voters = Object.values(Object.groupBy(ballots, ({ voter }) => voter)) as Ballot[][]
  // A record with no newer ordinal is a repeat.
  const inOrder = voters.map((own) =>
    own.filter(({ ordinal }, i) => own.slice(0, i).every((before) => before.ordinal < ordinal)),
  )
  const isCounted = ({ late, quarantined }: Ballot) =>
    !(late && !counts.late) && !(quarantined && !counts.quarantined)
  const answers = inOrder.flatMap((own) => own.findLast(isCounted) ?? [])
  const total = (of: Ballot[]) => ({
    viewers: of.length,
    result: Object.fromEntries(
      CHOICES.map((id) => [
        id,
        of.reduce((sum, { choice, points }) => sum + (points[choice.indexOf(id)] ?? 0), 0),
      ]),
    ),
  })
  return {
    ...{ show: 'final', poll: 'mvp', kind: 'points', question: 'Who?', opens: 1, closes: 2000, sealed: 9000 },
    ...{ paper: 'paper', rules: 'rules', trail: { entries: 0, hash: '' } },
    ballots: ballots.length,
    root: treeOf(ballots.map(leafOf)).toString('base64url'),
    ...total(answers),
    segments: { home: total(answers.filter(({ segment }) => segment === 'home')) },
    late: { viewers: inOrder.filter((own) => own.every(({ late }) => late)).length, counted: counts.late },
    quarantined: {
      viewers: inOrder.filter((own) => own.every(({ quarantined }) => quarantined)).length,
      counted: counts.quarantined,
    },
  } as CertificateStatement
}

const ballotOf = (n: number, more: Partial<Ballot> = {}): Ballot => ({
  ...{ show: 'final', poll: 'mvp', producer: 'in-1', sequence: n, batch: n, size: 1, ballot: `b${n}` },
  ...{ voter: voterOf(`v${n}`), segment: '', choice: ['anna'], points: [1], at: 1000 + n, ordinal: 1 },
  ...{ late: false, quarantined: false, salt: `salt${n}`, markSalt: `mark${n}` },
  ...more,
})
/** The ballots as everybody may have them, in their order. */
const published = (ballots: Ballot[]): PublicBallot[] =>
  ballots.map((ballot, offset) =>
    publicOf(sha256, ballot, { place: { partition: 0, offset }, segments: new Set(['home']) }),
  )
function faultsOf(ballots: PublicBallot[], statement: CertificateStatement): string[] {
  const recount = new PublicRecount(sha256, statement)
  for (const ballot of ballots) recount.add(ballot)
  return recount.faults()
}
const named = (faults: string[]) => faults.map((fault) => fault.split(':')[0])

const vote = fc.record({
  voter: fc.constantFrom('ann', 'bob', 'cem', 'dan', 'eva', 'fay').map(voterOf),
  ordinal: fc.integer({ min: 1, max: 3 }),
  segment: fc.constantFrom('', 'home', 'tiny'),
  late: fc.boolean(),
  quarantined: fc.boolean(),
  points: fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 1, maxLength: 3 }),
})
const votes = fc
  .array(vote, { maxLength: 40 })
  .map((each) =>
    each.map((one, n) => ballotOf(n, { ...one, choice: CHOICES.toReversed().slice(0, one.points.length) })),
  )
const counting = fc.record({ late: fc.boolean(), quarantined: fc.boolean() })

test('whoever counts the public ballots again finds an honest certificate right, whatever the poll', () => {
  fc.assert(
    fc.property(votes, counting, (ballots, counts) => {
      expect(faultsOf(published(ballots), certified(ballots, counts))).toEqual([])
    }),
  )
})

test('a voter whose hash is the least there can be is counted as every other', () => {
  const ballots = [ballotOf(0, { voter: 'A'.repeat(22) }), ballotOf(1)]
  expect(faultsOf(published(ballots), certified(ballots, { late: false, quarantined: false }))).toEqual([])
})

test('faults may be asked for at any ballot: each prefix has its own root and result', () => {
  const ballots = Array.from({ length: 9 }, (_, n) => ballotOf(n))
  const recount = new PublicRecount(sha256, certified(ballots, { late: false, quarantined: false }))
  for (const ballot of published(ballots)) {
    expect(named(recount.faults())).toEqual(['ballots', 'root', 'viewers', 'result'])
    recount.add(ballot)
  }
  expect(recount.faults()).toEqual([])
})

test('whoever counts reads on up to the ballots of the certificate, and is told where one more came', () => {
  const ballots = Array.from({ length: 3 }, (_, n) => ballotOf(n))
  const recount = new PublicRecount(
    sha256,
    certified(ballots.slice(0, 2), { late: false, quarantined: false }),
  )
  expect(published(ballots).map((ballot) => recount.add(ballot))).toEqual([true, true, false])
})

describe('a certificate that says something else', () => {
  const ballots = [
    ballotOf(0, { segment: 'home', choice: ['ben'], points: [7] }),
    ballotOf(1, { late: true }),
    ballotOf(2, { quarantined: true, segment: 'tiny' }),
  ]
  const honest = certified(ballots, { late: false, quarantined: false })

  test.each([
    ['ballots', { ballots: 4 }],
    ['root', { root: 'AAAA' }],
    ['viewers', { viewers: 2 }],
    ['result', { result: { ...honest.result, ben: 8 } }],
    ['segments', { segments: { home: { ...honest.segments.home!, viewers: 2 } } }],
    ['segments', { segments: { ...honest.segments, tiny: { viewers: 0, result: {} } } }],
    ['late', { late: { ...honest.late, viewers: 0 } }],
    ['quarantined', { quarantined: { ...honest.quarantined, viewers: 2 } }],
  ] as [string, Partial<CertificateStatement>][])('is found: %s', (what, lie) => {
    expect(named(faultsOf(published(ballots), { ...honest, ...lie }))).toEqual([what])
  })

  test('is told with what was counted, and what it says', () => {
    expect(faultsOf(published(ballots), { ...honest, viewers: 2 })).toEqual([
      'viewers: counted 1, the certificate says 2',
    ])
  })

  test('by a choice that is not on the paper is found, with its points', () => {
    const eve = { ...ballotOf(0), choice: ['eve'], points: [3] }
    const statement = certified([eve], { late: false, quarantined: false })
    expect(faultsOf(published([eve]), statement)).toEqual([
      'result: counted {"anna":0,"ben":0,"cleo":0,"eve":3}, the certificate says {"anna":0,"ben":0,"cleo":0}',
    ])
  })
})

test('a ballot that cannot be is named by its number, and a poll that was not voted on is found', () => {
  const poll = {
    ...{ show: 'final', poll: 'mvp', question: 'Who?', kind: 'points', max: 5, change: true },
    choices: CHOICES.map((choice) => ({ choice, title: choice })),
    voters: 'guests',
  } satisfies Paper
  const ballots = [ballotOf(0), ballotOf(1, { points: [6] }), ballotOf(2, { points: [7] })]
  const statement = {
    ...certified(ballots, { late: false, quarantined: false }),
    paper: paperOf(sha256, poll),
  }
  const faultsBy = (shown?: Paper) => {
    const recount = new PublicRecount(sha256, statement, shown)
    for (const ballot of published(ballots)) recount.add(ballot)
    // The leaves have another paper: what is of interest here comes before.
    return recount.faults().filter((fault) => !fault.startsWith('root'))
  }
  expect(faultsBy()).toEqual([])
  expect(faultsBy(poll)).toEqual(['answers: ballot 2 is no answer to this poll'])
  expect(faultsBy({ ...poll, max: 7 })).toEqual([
    'rules: the poll asks something else than what was voted on',
  ])
})

describe('a public ballot', () => {
  const of = (segment: string) => published([ballotOf(5, { segment })])[0]!

  test('opens its segment where the certificate names it, or where there is none', () => {
    for (const segment of ['', 'home']) {
      expect(of(segment)).toMatchObject({ segment, salt: 'salt5' })
      expect(of(segment)).not.toContainAnyKeys(['answerSalt', 'segmentHash'])
    }
  })

  test('keeps the segment and the salt that opens it to itself where the segment is small', () => {
    expect(of('tiny')).toMatchObject({
      answerSalt: url('roar-salt-v1\nsalt5'),
      segmentHash: url('roar-segment-v1\nsalt5\ntiny'),
    })
    expect(of('tiny')).not.toContainAnyKeys(['segment', 'salt'])
  })

  test('says nothing of the process that wrote it', () => {
    expect(Object.keys(of('home')).toSorted()).toEqual(
      [
        ...['at', 'ballot', 'choice', 'late', 'markSalt', 'ordinal', 'place', 'points', 'quarantined'],
        ...['salt', 'segment', 'voter'],
      ].toSorted(),
    )
    expect(of('home').place).toEqual({ partition: 0, offset: 0 })
  })
})
