import { afterAll, describe, expect, test } from 'bun:test'
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runVerify } from '../../cli/verify.ts'
import { BallotFold } from '../../engine/polls/ballot-fold.ts'
import { leafHash, MerkleTree } from '../../engine/polls/merkle.ts'
import { publicOf } from '../../engine/polls/public-recount.ts'
import { base64url, paperOf, rulesHashOf, signBatch } from '../../engine/polls/receipts.ts'
import { Tally } from '../../engine/polls/tally.ts'
import type { Paper } from '../../protocol/commitments.ts'
import {
  type Ballot,
  type BallotProof,
  type Certificate,
  type CertificateStatement,
  certificateText,
  leafText,
  type PollRules,
  type Receipt,
} from '../../protocol/polls.ts'
import { publicLineOf } from '../../protocol/public-ballots.ts'
import { Verifier } from '../../sdk/src/votes/verify.ts'
import { sha256 } from '../../services/sha256.ts'
import { heard } from '../command-line.ts'
import { temporaryFolder } from '../embedded.ts'
import { needs } from '../needs.ts'

/*
 * Forged documents for those who check without the server: what one program of them finds, the other must, too. Statements are
 * signed with the right key after they were forged: no signature is what gives them away.
 */

const work = temporaryFolder()
afterAll(() => work.remove())
const file = (name: string, text: string): string => {
  const path = join(work.path, name)
  writeFileSync(path, text)
  return path
}

const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const { x } = publicKey.export({ format: 'jwk' }) as { x: string }
const jwk = { kty: 'OKP', crv: 'Ed25519', x, from: 0 }
const kid = createHash('sha256').update(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`).digest('base64url')
const keys = file('keys.json', JSON.stringify({ keys: [{ ...jwk, kid }] }))
const signed = (text: string) => ({
  kid,
  signature: sign(null, Buffer.from(text), privateKey).toString('base64url'),
})

const hashOf = (text: string) => base64url(sha256(text))
const PAPER = hashOf('paper')
const ballot = (n: number, more: Partial<Ballot> = {}): Ballot => ({
  ...{ show: 'final', poll: 'mvp', producer: 'in-1', sequence: n, batch: 0, size: 1, ballot: `b${n}` },
  ...{ voter: hashOf(`v${n}`).slice(0, 22), segment: n < 4 ? 'home' : '', choice: ['anna'], points: [1] },
  ...{ at: 1000 + n, late: false, quarantined: false, ordinal: 1, salt: `salt${n}`, markSalt: `mark${n}` },
  ...more,
})
const ballots = [
  ...Array.from({ length: 6 }, (_, n) => ballot(n, { choice: [n % 2 === 0 ? 'anna' : 'ben'] })),
  ballot(6, { late: true }),
  ballot(7, { quarantined: true }),
  ballot(8, { voter: ballot(5).voter, ordinal: 2 }),
].map((one, i, all) => {
  const before = all.slice(0, i).findLast(({ voter }) => voter === one.voter)
  const { choice = [], points = [], segment = '', ballot = '' } = before ?? {}
  return before === undefined ? one : { ...one, replaces: { ballot, segment, choice, points } }
})
const places = ballots.map((_, offset) => ({ partition: 0, offset }))
const receipts = signBatch(ballots, places, {
  sha256,
  signer: { sign: (text) => signed(text) },
  papers: () => PAPER,
})
const tree = new MerkleTree(
  sha256,
  receipts.map((receipt) => leafHash(sha256, leafText(receipt))),
)

const fold = new BallotFold()
for (const one of ballots) fold.add(one)
const tally = new Tally()
for (const cell of fold.takeChanged()) tally.apply({ show: 'final', poll: 'mvp', ...cell, version: 1 })
const choices = ['anna', 'ben', 'cleo'].map((choice) => ({ choice, title: choice }))
const { viewers, counts, segments } = tally.result({ choices, countLate: false, countQuarantined: true })
const STATEMENT: CertificateStatement = {
  ...{ show: 'final', poll: 'mvp', kind: 'one', question: 'Who?', opens: 1, closes: 2000, sealed: 3000 },
  ...{ paper: PAPER, rules: hashOf('rules'), ballots: ballots.length, root: base64url(tree.root) },
  ...{ viewers, result: counts, trail: { entries: 2, hash: hashOf('trail') } },
  segments: Object.fromEntries(
    Object.entries(segments).map(([segment, part]) => [
      segment,
      { viewers: part.viewers, result: part.counts },
    ]),
  ),
  late: { viewers: tally.marked('late'), counted: false },
  quarantined: { viewers: tally.marked('quarantined'), counted: true },
}
const certified = (forged: object = {}): string => {
  const statement = { ...STATEMENT, ...forged } as CertificateStatement
  return JSON.stringify({ statement, ...signed(certificateText(statement)) } satisfies Certificate)
}
const lines = ballots.map((one, i) =>
  publicLineOf(publicOf(sha256, one, { place: places[i]!, segments: new Set(['home']) })),
)

/** The documents as they are written. */
type Documents = { certificate: string } & (
  | { ballots: string; poll?: string }
  | { receipt: string; proof: string }
)
const forRecount = (certificate: string, ballots = `${lines.join('\n')}\n`): Documents => ({
  certificate,
  ballots,
})
const RECEIPT = receipts[5]!
const PROOF: BallotProof = {
  ...{ show: 'final', poll: 'mvp', ballot: RECEIPT.ballot, quarantined: false, markSalt: 'mark5' },
  ...{ index: 5, size: ballots.length, path: tree.path(5).map(base64url) },
}
function forTree({
  receipt = {},
  proof = {},
  certificate = certified(),
}: {
  receipt?: Partial<Record<keyof Receipt, unknown>>
  proof?: Partial<Record<keyof BallotProof, unknown>>
  certificate?: string
}): Documents {
  const texts = { receipt: JSON.stringify({ ...RECEIPT, ...receipt }), certificate }
  return { ...texts, proof: JSON.stringify({ ...PROOF, ...proof }) }
}
/** The same with a text in one of them replaced, which must be there. */
function written(documents: Documents, name: string, from: string | RegExp, to: string): Documents {
  const text = documents[name as keyof Documents]
  expect(text.replace(from, to)).not.toBe(text)
  return { ...documents, [name]: text.replace(from, to) }
}
const part = (viewers: number, anna: number, ben: number) => ({ viewers, result: { anna, ben, cleo: 0 } })

const SPLIT = {
  ...{ show: 'final', poll: 'mvp', question: 'Who?', choices, kind: 'points', max: 10, change: true },
  ...{ visibility: 'live', opens: 1, closes: 2000, graceMs: 0, countLate: false, countQuarantined: true },
  voters: 'guests',
} satisfies Paper & PollRules
/** A ballot more, in the tree and in the result, of a poll that is given, too. */
function withBallot(
  more: Partial<Ballot>,
  statement: object = {},
  poll: Paper & PollRules = SPLIT,
): Documents {
  const all = [...ballots, ballot(9, more)]
  const at = all.map((_, offset) => ({ partition: 0, offset }))
  const paper = paperOf(sha256, poll)
  const signer = { sign: (text: string) => signed(text) }
  const leaves = signBatch(all, at, { sha256, signer, papers: () => paper }).map((receipt) =>
    leafHash(sha256, leafText(receipt)),
  )
  const root = base64url(new MerkleTree(sha256, leaves).root)
  const { choice, points } = all.at(-1)!
  const result = { ...STATEMENT.result }
  for (const [i, id] of choice.entries()) result[id] = (result[id] ?? 0) + points[i]!
  const { kind } = poll
  const counted = { kind, ballots: all.length, viewers: viewers + 1, result }
  const certificate = certified({ ...counted, root, paper, rules: rulesHashOf(sha256, poll), ...statement })
  const written = all.map((one, i) =>
    publicLineOf(publicOf(sha256, one, { place: at[i]!, segments: new Set(['home']) })),
  )
  return { ...forRecount(certificate, written.join('\n')), poll: JSON.stringify(poll) }
}
const oneEach = { ...SPLIT, kind: 'several', max: 1 } satisfies Paper & PollRules

const GOOD: [string, Documents][] = [
  ['a ballot with all points', withBallot({ choice: ['anna', 'ben'], points: [9, 1] })],
  ['a ballot of the last millisecond', withBallot({ at: 1999 })],
  ['a certificate and its ballots', forRecount(certified())],
  ['a receipt in the certificate', forTree({})],
  ['a certificate without segments', forRecount(certified({ segments: {} }))],
  ['the last line without an end', forRecount(certified(), lines.join('\n'))],
  [
    'numbers in another spelling',
    written(forRecount(certified()), 'certificate', '"closes":2000', '"closes":2e3'),
  ],
  ['a number with a fraction of 0', written(forTree({}), 'proof', '"index":5', '"index":5.0')],
  ['a 0 below 0', written(forTree({}), 'receipt', '"partition":0', '"partition":-0')],
  ['spaces', forTree({ certificate: JSON.stringify(JSON.parse(certified()), null, 2) })],
  ['a text that is escaped', written(forTree({}), 'proof', '"mark5"', '"m\\u0061rk5"')],
  [
    'a question whose names sort otherwise by code points',
    forRecount(certified({ question: '\u{1f389} \ufb01', '\u{1f389}': 1, '\ufb01': 2 })),
  ],
]

const FORGED: [string, Documents][] = [
  ['a result', forRecount(certified({ result: { anna: 3, ben: 4, cleo: 0 } }))],
  ['a choice that got nothing left out', forRecount(certified({ result: { anna: 5, ben: 2 } }))],
  ['a segment’s result', forRecount(certified({ segments: { home: part(4, 1, 3) } }))],
  ['a segment’s viewers', forRecount(certified({ segments: { home: part(3, 1, 2) } }))],
  ['a segment that nobody was of', forRecount(certified({ segments: { away: part(1, 1, 0) } }))],
  ['a segment of prototypes', forRecount(certified({ segments: { constructor: part(1, 1, 0) } }))],
  [
    'a segment without a choice',
    forRecount(certified({ segments: { home: { viewers: 4, result: { anna: 2, ben: 2 } } } })),
  ],
  ['late viewers', forRecount(certified({ late: { viewers: 0, counted: false } }))],
  ['quarantined viewers', forRecount(certified({ quarantined: { viewers: 2, counted: true } }))],
  ['late ones that count', forRecount(certified({ late: { viewers: 1, counted: true } }))],
  ['quarantined ones that do not', forRecount(certified({ quarantined: { viewers: 1, counted: false } }))],
  ['late ones that count by a list', forRecount(certified({ late: { viewers: 1, counted: [] } }))],
  [
    'quarantined ones that count by a number',
    forRecount(certified({ quarantined: { viewers: 1, counted: 1 } })),
  ],
  ...['show', 'poll', 'paper', 'root', 'rules', 'question', 'trail', 'segments', 'result'].flatMap(
    (name): [string, Documents][] => {
      const given = STATEMENT[name as keyof CertificateStatement]
      return [undefined, true, [], [given]].flatMap((forged): [string, Documents][] => [
        [`recount: ${name} as ${JSON.stringify(forged)}`, forRecount(certified({ [name]: forged }))],
        [
          `tree: ${name} as ${JSON.stringify(forged)}`,
          forTree({ certificate: certified({ [name]: forged }) }),
        ],
      ])
    },
  ),
  [
    'a segment that says more',
    forRecount(certified({ segments: { home: { ...part(4, 2, 2), away: part(2, 0, 2) } } })),
  ],
  ['a ballot with more points than there are', withBallot({ choice: ['anna', 'ben'], points: [9, 2] })],
  ['a ballot for nobody in the poll', withBallot({ choice: ['eve'] })],
  [
    'a ballot with more choices than one',
    withBallot({ choice: ['anna', 'ben'], points: [1, 1] }, {}, oneEach),
  ],
  ['a ballot with two points of one', withBallot({ choice: ['anna'], points: [2] }, {}, oneEach)],
  ['a change where there is none', withBallot({}, {}, { ...SPLIT, change: false })],
  ['a ballot before the poll opened', withBallot({ at: 0 })],
  ['a ballot after the end, in time by its mark', withBallot({ at: 2000 })],
  ['a ballot after the seal', withBallot({ at: 3000, late: true }, { late: { viewers: 2, counted: true } })],
  [
    'the poll with another question',
    { ...withBallot({}), poll: JSON.stringify({ ...SPLIT, question: 'Why?' }) },
  ],
  ['no kind of poll', forRecount(certified({ kind: 'onе' }))],
  ['more viewers than ballots', forRecount(certified({ viewers: 10 }))],
  ['a seal before the end', forRecount(certified({ sealed: 1999 }))],
  ['a time as a text', forRecount(certified({ sealed: '3000' }))],
  ['viewers as true', forRecount(certified({ ballots: true }))],
  ['the root of fewer', forRecount(certified({ ballots: 8 }))],
  ['ballots without the last', forRecount(certified(), `${lines.slice(0, -1).join('\n')}\n`)],
  ['ballots with one twice', forRecount(certified(), `${[...lines, lines[0]].join('\n')}\n`)],
  ['ballots in another order', forRecount(certified(), `${lines.toReversed().join('\n')}\n`)],
  ['ballots with an empty line', forRecount(certified(), `${lines.join('\n\n')}\n`)],
  ['ballots in lines of another kind', forRecount(certified(), `${lines.join('\u2028')}\n`)],
  ['ballots with a byte order mark', forRecount(certified(), `\ufeff${lines.join('\n')}\n`)],
  ['a certificate with a byte order mark', forRecount(`\ufeff${certified()}`)],
  ...(['recount', 'tree'] as const).flatMap((what): [string, Documents][] => {
    const documents = what === 'recount' ? forRecount(certified()) : forTree({})
    const change = (from: string | RegExp, to: string) => written(documents, 'certificate', from, to)
    return [
      [`${what}: a result before the result`, change('"result":', '"result":{"ben":9},"result":')],
      [`${what}: a name twice, once escaped`, change('"viewers"', '"view\\u0065rs":99,"viewers"')],
      [`${what}: a statement before it`, change('"statement":', '"statement":{},"statement":')],
      [`${what}: entries of the trail without an end`, change('"entries":2', '"entries":1e999')],
      [`${what}: entries of the trail that are no number`, change('"entries":2', '"entries":NaN')],
      [`${what}: entries of the trail beyond numbers`, change('"entries":2', '"entries":9007199254740993')],
      [`${what}: entries of the trail in parts`, change('"entries":2', '"entries":2.5')],
      [`${what}: viewers beyond all bounds`, change('"viewers":', '"viewers":1'.padEnd(5000, '0'))],
      [`${what}: half a surrogate pair`, change('"Who?"', '"\\ud83c"')],
      [`${what}: half a surrogate pair in a name`, change('"trail":{', '"trail":{"\\udf89":1,')],
      [`${what}: nested without an end`, change('"Who?"', '['.repeat(100_000))],
      [`${what}: cut off`, change(/.{9}$/, '')],
      [`${what}: something after it`, change(/$/, '{}')],
    ]
  }),
  ['a receipt for another answer', forTree({ receipt: { answer: { choice: ['anna'], points: [1] } } })],
  [
    'a receipt of two choices in one',
    forTree({ receipt: { answer: { choice: ['ben=1,anna'], points: [1] } } }),
  ],
  ['a receipt with points as a text', forTree({ receipt: { answer: { choice: ['ben'], points: ['1'] } } })],
  ['a receipt with a place as a text', forTree({ receipt: { place: { partition: '0', offset: 5 } } })],
  ['a receipt with a time as a text', forTree({ receipt: { at: '1005' } })],
  ['a receipt with an ordinal in a list', forTree({ receipt: { ordinal: [1] } })],
  ['a receipt in time by nothing', forTree({ receipt: { late: '' } })],
  ['a receipt in time by null', forTree({ receipt: { late: null } })],
  ['a receipt in another segment', forTree({ receipt: { segment: 'home' } })],
  [
    'a receipt whose fields are shifted',
    forTree({ receipt: { show: 'final\nmvp', poll: PAPER, paper: RECEIPT.ballot } }),
  ],
  [
    'a receipt whose path has a space',
    forTree({ receipt: { proof: { ...RECEIPT.proof, path: RECEIPT.proof.path.map((hash) => ` ${hash}`) } } }),
  ],
  [
    'a receipt whose path is longer',
    forTree({ receipt: { proof: { ...RECEIPT.proof, path: [...RECEIPT.proof.path, PAPER] } } }),
  ],
  ['a receipt with a name twice', written(forTree({}), 'receipt', '"late":', '"late":true,"late":')],
  ['a proof of another ballot', forTree({ proof: { ballot: 'b4' } })],
  ['a proof of another mark', forTree({ proof: { quarantined: true } })],
  ['a proof of a mark in words', forTree({ proof: { quarantined: '' } })],
  ['a proof at another place', forTree({ proof: { index: 4 } })],
  ['a proof from the end', forTree({ proof: { index: -4 } })],
  ['a proof in a tree of parts', forTree({ proof: { index: 5.5 } })],
  ['a proof in another tree', forTree({ proof: { size: 8 } })],
  ['a proof with a path in a text', forTree({ proof: { path: PROOF.path.join('') } })],
  ['a proof with padding', forTree({ proof: { path: PROOF.path.map((hash) => `${hash}=`) } })],
  [
    'a proof with a name twice',
    written(forTree({}), 'proof', '"quarantined":', '"quarantined":true,"quarantined":'),
  ],
  ['the certificate of another show', forTree({ certificate: certified({ show: 'other' }) })],
  ['the certificate of another question', forTree({ certificate: certified({ paper: hashOf('other') }) })],
  ['a certificate that cannot be', forTree({ certificate: certified({ viewers: 99 }) })],
  ['null for a receipt', { ...forTree({}), receipt: 'null' }],
  ['a list for a proof', { ...forTree({}), proof: '[]' }],
]

/** What `roar verify` says of the documents; undefined where all are good. */
async function said(documents: Documents): Promise<string | undefined> {
  const flags = Object.entries(documents).flatMap(([name, text]) => [
    `--${name === 'ballots' ? 'recount' : name}`,
    file(name, text),
  ])
  const ran = heard(() => runVerify(['--keys', keys, ...flags]))
  const { code, out } = await ran.catch((cause: Error) => ({ code: 2, out: cause.message }))
  return code === 0 ? undefined : out
}

const python = (all: Documents[]): (string | null)[] => {
  const stdin = Buffer.from(JSON.stringify(all))
  const { stdout } = Bun.spawnSync(['python3', join(import.meta.dir, 'verify.py'), 'verdicts'], { stdin })
  return JSON.parse(stdout.toString()) as (string | null)[]
}

describe.skipIf(!needs('python3'))('roar verify and the checker in Python say the same', () => {
  test('of documents that are good, however they are written', async () => {
    for (const [what, documents] of GOOD) expect([what, await said(documents)]).toEqual([what, undefined])
    expect(python(GOOD.map(([, documents]) => documents))).toEqual(GOOD.map(() => null))
  })
  test('and @roar/client believes no receipt, certificate or proof that says another answer or result', async () => {
    const verifier = new Verifier(crypto.subtle, [{ ...jwk, kid }])
    const believes = async (documents: Documents): Promise<boolean> => {
      if (!('receipt' in documents)) return false
      const [receipt, certificate, proof] = ['receipt', 'certificate', 'proof'].map((name) =>
        JSON.parse(documents[name as keyof Documents]),
      )
      const checks = [
        verifier.receipt(receipt),
        verifier.certificate(certificate),
        verifier.proof(receipt, proof, certificate),
      ]
      return (await Promise.all(checks)).every(Boolean)
    }
    expect(await believes(forTree({}))).toBe(true)
    for (const documents of [
      ...[
        { choice: ['ben=1,anna'], points: [1] },
        { choice: ['ben'], points: ['1'] },
        { choice: ['ben', 'ben'], points: [1, 1] },
        { choice: ['anna'], points: [1] },
      ].map((answer) => forTree({ receipt: { answer } })),
      forTree({ proof: { quarantined: true } }),
      forTree({ proof: { index: 4 } }),
      forTree({ certificate: certified({ viewers: 99 }) }),
      forTree({ certificate: certified({ late: { viewers: 1, counted: 'no' } }) }),
    ])
      expect([documents, await believes(documents)]).toEqual([documents, false])
  })
  test('of documents that are forged', async () => {
    const inPython = python(FORGED.map(([, documents]) => documents))
    const missed: string[] = []
    for (const [i, [what, documents]] of FORGED.entries()) {
      if ((await said(documents)) === undefined) missed.push(`roar verify: ${what}`)
      if (inPython[i] === null) missed.push(`verify.py: ${what}`)
    }
    expect(missed).toEqual([])
  })
})
