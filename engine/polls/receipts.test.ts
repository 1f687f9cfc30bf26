import { describe, expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import type {
  Ballot,
  BallotProof,
  Certificate,
  CertificateStatement,
  PollDocument,
  Receipt,
} from '../../protocol/polls.ts'
import { BallotRoll, type RollChunk } from './ballot-roll.ts'
import { certificateFault, pollFault, proofFault } from './certificates.ts'
import { GrowingTree } from './growing-tree.ts'
import type { Sha256 } from './merkle.ts'
import { receiptFault, type Signer, signBatch, type VerifySignature } from './receipts.ts'

/*
 * What is signed and hashed is worked out here once more, from docs/voting.md and RFC 9162 alone: no call of the code that
 * is checked, so that a mistake in it is none here.
 */
const sha256: Sha256 = (data, into = new Uint8Array(32)) => Bun.SHA256.hash(data, into) as Uint8Array
const hash = (...parts: (string | Buffer)[]): Buffer => {
  const sum = createHash('sha256')
  for (const part of parts) sum.update(part)
  return sum.digest()
}
const url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')

const ballot = (n: number, more: Partial<Ballot> = {}): Ballot => ({
  show: 'final',
  poll: 'mvp',
  producer: 'in-1',
  sequence: n,
  batch: 0,
  size: 1,
  ballot: `b${n}`,
  voter: url(Buffer.alloc(16, n + 1)),
  segment: 'home',
  choice: ['anna', 'ben'],
  points: [7, n + 1],
  at: 1000 + n,
  late: n % 2 === 1,
  quarantined: false,
  ordinal: 1,
  salt: `salt${n}`,
  markSalt: `mark${n}`,
  ...more,
})

const PAPER = 'paper-'.padEnd(43, 'p')
const RULES = 'rules-'.padEnd(43, 'r')
const papers = () => PAPER

const commitment = ({ salt, voter, segment, points }: Ballot): string => {
  const [answerSalt, inSegment] = [
    hash(`roar-salt-v1\n${salt}`),
    hash(`roar-segment-v1\n${salt}\n${segment}`),
  ]
  const answer = `anna=${points[0]},ben=${points[1]}`
  return url(hash(`roar-answer-v2\n${url(answerSalt)}\n${voter}\n${url(inSegment)}\n${answer}`))
}

const mark = ({ markSalt, quarantined }: Pick<Ballot, 'markSalt' | 'quarantined'>): string =>
  url(hash(`roar-mark-v1\n${markSalt}\n${quarantined ? 'in quarantine' : 'not in quarantine'}`))

const leaf = (of: Ballot, partition: number, offset: number): Buffer => {
  const { show, poll, ballot, ordinal, at, late } = of
  const lines = [
    show,
    poll,
    PAPER,
    ballot,
    ordinal,
    at,
    late ? 'late' : 'in time',
    mark(of),
    partition,
    offset,
    commitment(of),
  ]
  return hash(Buffer.of(0), `roar-ballot-v2\n${lines.join('\n')}`)
}

/** RFC 9162 section 2.1.1. */
function root(leaves: Buffer[]): Buffer {
  if (leaves.length === 0) return hash('')
  if (leaves.length === 1) return leaves[0]!
  let k = 1
  while (2 * k < leaves.length) k *= 2
  return hash(Buffer.of(1), root(leaves.slice(0, k)), root(leaves.slice(k)))
}

/** RFC 9162 section 2.1.3.1. */
function path(index: number, leaves: Buffer[]): string[] {
  if (leaves.length === 1) return []
  let k = 1
  while (2 * k < leaves.length) k *= 2
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)]
  return index < k ? [...path(index, left), url(root(right))] : [...path(index - k, right), url(root(left))]
}

/** Signs by saying what it signed, and when. */
const signer: Signer = { sign: (text, atMs) => ({ kid: `key at ${atMs}`, signature: `signed ${text}` }) }
const verify: VerifySignature = (text, kid, { signature }) =>
  kid === 'key at 1004' && signature === `signed ${text}`

const batchOf = (size: number) => Array.from({ length: size }, (_, n) => ballot(n))
const placesOf = (size: number) => Array.from({ length: size }, (_, n) => ({ partition: 2, offset: 40 + n }))
const receiptsOf = (size: number): Receipt[] =>
  signBatch(batchOf(size), placesOf(size), { sha256, signer, papers })
const leavesOf = (size: number): Buffer[] => batchOf(size).map((one, n) => leaf(one, 2, 40 + n))

describe('receipts', () => {
  test('each says its ballot, its opening, and the path to the root that is signed once for the batch', () => {
    for (const size of [1, 2, 3, 5, 8, 9]) {
      const leaves = leavesOf(size)
      expect(receiptsOf(size)).toEqual(
        batchOf(size).map((one, index) => ({
          show: 'final',
          poll: 'mvp',
          ballot: one.ballot,
          ordinal: 1,
          at: one.at,
          late: one.late,
          paper: PAPER,
          mark: mark(one),
          place: { partition: 2, offset: 40 + index },
          commitment: commitment(one),
          answer: { choice: one.choice, points: one.points },
          segment: 'home',
          voter: one.voter,
          salt: one.salt,
          proof: {
            index,
            size,
            path: path(index, leaves),
            kid: `key at ${999 + size}`,
            signature: `signed roar-batch-v1\n${size}\n${url(root(leaves))}`,
          },
        })),
      )
    }
  })

  test('one that is good has no fault, and one that is changed anywhere says which part is not good', () => {
    const opening = 'the voter, the answer and the salt are not those of the commitment'
    const signature = 'the signature is not valid'
    for (const receipt of receiptsOf(5)) {
      const fault = (change: Partial<Receipt>) => receiptFault({ ...receipt, ...change }, { sha256, verify })
      expect(fault({})).toBeUndefined()
      expect(fault({ voter: 'x' })).toBe(opening)
      expect(fault({ salt: 'x' })).toBe(opening)
      expect(fault({ segment: 'away' })).toBe(opening)
      expect(fault({ answer: { choice: ['anna', 'ben'], points: [9, 9] } })).toBe(opening)
      const answers = [
        { choice: ['anna=7,ben'], points: [receipt.answer.points[1]!] },
        { choice: ['anna', 'ben'], points: receipt.answer.points.map(String) as never[] },
        { choice: ['anna', 'ben'], points: [7] },
        { choice: ['anna', 'ben'], points: [7, 0] },
        { choice: ['anna', 'ben'], points: [7, 0.5] },
        { choice: ['anna', 'Ben!'], points: [7, 1] },
        { choice: ['anna', 'anna'], points: [7, 1] },
      ]
      for (const answer of answers)
        expect(fault({ answer })).toBe(
          'it does not have the form of a receipt: answer is not an answer: choices, each once, and as many whole numbers of points',
        )
      for (const [said, read] of [
        ['ordinal', String(receipt.ordinal)],
        ['at', `${receipt.at}`],
        ['late', receipt.late ? 'in time' : ''],
        ['place', { partition: '2', offset: receipt.place.offset }],
        ['proof', { ...receipt.proof, path: receipt.proof.path.map((hash) => ` ${hash}`) }],
      ] as const)
        expect(fault({ [said]: read })).toStartWith(`it does not have the form of a receipt: ${said} `)
      expect(fault({ at: 7 })).toBe(signature)
      expect(fault({ late: !receipt.late })).toBe(signature)
      expect(fault({ ordinal: 2 })).toBe(signature)
      expect(fault({ paper: 'another' })).toBe(signature)
      expect(fault({ mark: 'another' })).toBe(signature)
      expect(fault({ place: { partition: 3, offset: 40 } })).toBe(signature)
      const { proof } = receipt
      expect(fault({ proof: { ...proof, kid: 'another' } })).toBe(signature)
      expect(fault({ proof: { ...proof, path: [...proof.path, ...proof.path] } })).toBe(
        'the path is not one of a tree of this size',
      )
    }
  })
})

describe('certificates', () => {
  const statement: CertificateStatement = {
    show: 'final',
    poll: 'mvp',
    kind: 'points',
    question: 'Who?',
    opens: 1,
    closes: 2,
    sealed: 3,
    paper: PAPER,
    rules: RULES,
    ballots: 5,
    root: url(root(leavesOf(5))),
    viewers: 5,
    result: { ben: 15, anna: 35 },
    segments: { home: { viewers: 5, result: { anna: 35, ben: 15 } } },
    late: { viewers: 2, counted: true },
    quarantined: { viewers: 0, counted: false },
    trail: { entries: 2, hash: 'trail' },
  }
  // RFC 8785: names in order, no spaces.
  const text =
    'roar-certificate-v2\n{"ballots":5,"closes":2,"kind":"points","late":{"counted":true,"viewers":2},"opens":1,' +
    `"paper":"${PAPER}","poll":"mvp",` +
    '"quarantined":{"counted":false,"viewers":0},"question":"Who?","result":{"anna":35,"ben":15},' +
    `"root":"${statement.root}","rules":"${RULES}","sealed":3,"segments":{"home":{"result":{"anna":35,"ben":15},"viewers":5}},"show":"final","trail":{"entries":2,"hash":"trail"},"viewers":5}`
  const certificate: Certificate = { statement, kid: 'key at 1004', signature: `signed ${text}` }
  const proofOf = (index: number): BallotProof => ({
    show: 'final',
    poll: 'mvp',
    ballot: `b${index}`,
    quarantined: false,
    markSalt: `mark${index}`,
    index,
    size: 5,
    path: path(index, leavesOf(5)),
  })

  test('a certificate is good by the signature over its statement, and by nothing else', () => {
    expect(certificateFault(certificate, verify)).toBeUndefined()
    const other = { ...certificate, statement: { ...statement, viewers: 6 } }
    expect(certificateFault(other, verify)).toBe('the signature is not valid')
    expect(certificateFault({ ...certificate, kid: 'x' }, verify)).toBe('the signature is not valid')
  })

  test("each ballot's proof leads to the certificate's root, and no other ballot's, poll's, size or root does", () => {
    for (const [index, receipt] of receiptsOf(5).entries()) {
      const proof = proofOf(index)
      const fault = (
        { of = receipt, by = proof, to = statement } = {} as {
          of?: Receipt
          by?: BallotProof
          to?: CertificateStatement
        },
      ) => proofFault(of, by, { ...certificate, statement: to }, sha256)
      expect(fault({})).toBeUndefined()
      expect(fault({ to: { ...statement, show: 'semi' } })).toBe('the certificate is for another poll')
      expect(fault({ to: { ...statement, poll: 'quiz' } })).toBe('the certificate is for another poll')
      expect(fault({ by: { ...proof, ballot: 'bx' } })).toBe('it is for another ballot')
      expect(fault({ to: { ...statement, ballots: 6 } })).toBe('it is for a tree of another size')
      expect(fault({ to: { ...statement, paper: 'x' } })).toBe('it is for a ballot to another question')
      expect(fault({ by: { ...proof, quarantined: true } })).toBe("its mark is not the receipt's")
      const elsewhere = "it does not lead to the certificate's root"
      expect(fault({ to: { ...statement, root: url(hash('')) } })).toBe(elsewhere)
      expect(fault({ by: { ...proof, path: proof.path.slice(1) } })).toBe(elsewhere)
      expect(fault({ of: { ...receipt, at: 7 } })).toBe(elsewhere)
    }
  })
})

describe('the roll', () => {
  /** All chunks of these ballots, each at its own place in partition 2. */
  function rollOf(ballots: Ballot[], perChunk = 4) {
    const roll = new BallotRoll({ sha256, paper: PAPER, perChunk })
    const chunks: RollChunk[] = []
    for (const [n, one] of ballots.entries()) {
      const chunk = roll.add(one, { partition: 2, offset: 40 + n })
      if (chunk !== undefined) chunks.push(chunk)
    }
    const { size } = roll
    const last = roll.finish()
    const tree = new GrowingTree(sha256, { perChunk, keptChunks: 0, leavesOf: () => expect.unreachable() })
    for (const chunk of chunks) tree.addChunk(chunk.root)
    for (const leaf of last?.hashes ?? []) tree.add(leaf)
    return { size, root: url(tree.head().root), chunks, last }
  }

  test('its root is that of the tree of all ballots, however many chunks they fill', () => {
    for (const size of [0, 1, 3, 4, 5, 8, 9, 15, 16, 17]) {
      const roll = rollOf(batchOf(size))
      expect(roll.root).toBe(url(root(leavesOf(size))))
      expect(roll.size).toBe(size)
      expect(roll.chunks.length).toBe(Math.floor(size / 4))
      expect(roll.last?.hashes.length).toBe(size % 4 === 0 ? undefined : size % 4)
    }
  })

  test('chunks have their leaves in order, with the earliest and the latest receive time of each', () => {
    const { chunks, last } = rollOf(batchOf(6).map((one, n) => ({ ...one, at: [5, 3, 9, 4, 2, 8][n]! })))
    const [first] = chunks
    expect(first).toMatchObject({ chunk: 0, from: 3, to: 9, ballots: ['b0', 'b1', 'b2', 'b3'] })
    expect(last).toMatchObject({ chunk: 1, from: 2, to: 8, ballots: ['b4', 'b5'] })
    expect(url(first!.root)).toBe(url(root(first!.hashes.map((bytes) => Buffer.from(bytes)))))
  })

  test('a record that its producer wrote again is no leaf; another producer has numbers of its own', () => {
    const again = [
      ballot(0),
      ballot(1),
      ballot(1),
      ballot(0),
      ballot(0, { producer: 'in-2', ballot: 'c0' }),
      ballot(2),
    ]
    const { size, last } = rollOf(again, 16)
    expect(size).toBe(4)
    expect(last!.ballots).toEqual(['b0', 'b1', 'c0', 'b2'])
  })

  test('a record that is written after newer ones of its producer is a leaf, once', () => {
    expect(rollOf([ballot(5), ballot(4), ballot(5), ballot(4)], 16).last!.ballots).toEqual(['b5', 'b4'])
  })
})

test('a chunk has what opens the marks of its ballots, and the next one its own; times begin anew too', () => {
  const roll = new BallotRoll({ sha256, perChunk: 2, paper: PAPER })
  const chunks = [1, 2, 3, 4].map((n) =>
    roll.add(ballot(n, { quarantined: n === 2, markSalt: `m${n}`, at: 10_000 + [1, 9, 6, 4][n - 1]! }), {
      partition: 0,
      offset: n,
    }),
  )
  const marks = (n: number) => ({ quarantined: n === 2, markSalt: `m${n}` })
  expect(chunks[1]).toMatchObject({ marks: [marks(1), marks(2)], from: 10_001, to: 10_009 })
  expect(chunks[3]).toMatchObject({ marks: [marks(3), marks(4)], from: 10_004, to: 10_006 })
})

test("a poll's document is held to what was voted on and to the rules of the seal", () => {
  const poll = {
    ...{
      show: 'final',
      poll: 'mvp',
      question: 'Who?',
      choices: [{ choice: 'anna', title: 'Anna' }],
      kind: 'one',
    },
    ...{ max: 1, change: false, visibility: 'live', graceMs: 0, countLate: true, countQuarantined: false },
  } as never as PollDocument
  const choices = '"choices":[{"choice":"anna","title":"Anna"}]'
  const paper = `roar-paper-v1\n{"change":false,${choices},"kind":"one","max":1,"poll":"mvp","question":"Who?","show":"final"}`
  const rules = `roar-rules-v1\n{"change":false,${choices},"countLate":true,"countQuarantined":false,"graceMs":0,"kind":"one","max":1,"question":"Who?","visibility":"live"}`
  const sealed = { statement: { paper: url(hash(paper)), rules: url(hash(rules)) } } as Certificate
  expect(pollFault(poll, sealed, sha256)).toBeUndefined()
  expect(pollFault({ ...poll, question: 'Where?' }, sealed, sha256)).toBe(
    'it asks something else than what was voted on',
  )
  expect(pollFault({ ...poll, countLate: false }, sealed, sha256)).toBe('its rules are not those of the seal')
})

test('a certificate that is signed and cannot be is not good', () => {
  const statement = {
    ...{ show: 'final', poll: 'mvp', question: 'Who?', paper: RULES, rules: RULES, root: RULES },
    trail: { entries: 2, hash: 'trail' },
    kind: 'one',
    ballots: 1,
    viewers: 2,
    opens: 1,
    closes: 2,
    sealed: 3,
    result: {},
    segments: {},
    late: { viewers: 0, counted: true },
    quarantined: { viewers: 0, counted: true },
  }
  const impossible = { statement, kid: 'any', signature: 'any' } as never as Certificate
  expect(certificateFault(impossible, () => true)).toBe('it has 2 viewers but 1 ballot')
})

test('who keeps the tree is given each leaf of a batch, in order', () => {
  const leaves: [number, string][] = []
  const leaf = (index: number, bytes: Uint8Array) => leaves.push([index, url(bytes)])
  signBatch(batchOf(5), placesOf(5), { sha256, signer, papers, leaf })
  expect(leaves).toEqual(leavesOf(5).map((bytes, index) => [index, url(bytes)]))
})
