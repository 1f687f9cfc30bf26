import { expect, test } from 'bun:test'
import type { CertificateStatement } from './polls.ts'
import { impossible } from './possible.ts'

const good = {
  kind: 'one',
  opens: 1000,
  closes: 2000,
  sealed: 2000,
  ballots: 6,
  viewers: 5,
  result: { anna: 3, ben: 2 },
  segments: {
    home: { viewers: 2, result: { anna: 1, ben: 1 } },
    away: { viewers: 2, result: { anna: 2, ben: 0 } },
  },
  late: { viewers: 1, counted: true },
  quarantined: { viewers: -1, counted: false },
} as unknown as CertificateStatement

test('a certificate that can be is let be, of every kind', () => {
  expect(impossible(good)).toBeUndefined()
  expect(impossible({ ...good, kind: 'several', result: { anna: 5, ben: 4 } })).toBeUndefined()
  expect(impossible({ ...good, kind: 'points', result: { anna: 50, ben: 4 } })).toBeUndefined()
  const none = { viewers: 0, counted: true }
  const empty = { ballots: 0, viewers: 0, result: { anna: 0 }, segments: {}, late: none, quarantined: none }
  expect(impossible({ ...good, ...empty })).toBeUndefined()
})

const home = good.segments.home!
const cases: [string, Partial<CertificateStatement>][] = [
  ['more viewers than ballots', { ballots: 4 }],
  ['more answers than viewers, where each has one', { result: { anna: 300, ben: 0 } }],
  ['fewer answers than viewers', { kind: 'points', result: { anna: 1, ben: 1 } }],
  ['a choice that more have made than there are', { kind: 'several', result: { anna: 6, ben: 0 } }],
  ['counts below 0', { result: { anna: 6, ben: -1 } }],
  ['counts that are not whole', { result: { anna: 2.5, ben: 2.5 } }],
  ['counts beyond what a number holds', { viewers: 2 ** 60, ballots: 2 ** 60, result: { anna: 2 ** 60 } }],
  [
    'segments with more viewers than all',
    { segments: { home: { viewers: 6, result: { anna: 3, ben: 3 } } } },
  ],
  [
    'segments with more for a choice than all',
    { segments: { home, a: home, b: { viewers: 1, result: { anna: 0, ben: 1 } } } },
  ],
  ['a segment that does not add up', { segments: { home: { ...home, viewers: 1 } } }],
  ['a seal before the end', { sealed: 1999 }],
  ['an end before the beginning', { closes: 1000 }],
  ['more late viewers than ballots', { late: { viewers: 7, counted: true } }],
]
for (const [what, forged] of cases) {
  test(`there is no certificate with ${what}`, () => {
    expect(impossible({ ...good, ...forged })).toBeString()
  })
}
