import { describe, expect, test } from 'bun:test'
import type { Certificate, Receipt } from '../protocol/polls.ts'
import { type Ending, type VotesEvidence, votesVerdict } from './votes-verdict.ts'

const receiptOf = (number: number, choice: string): Receipt =>
  ({
    ballot: `ballot-${number}`,
    voter: `voter-${number}`,
    place: { partition: 0, offset: number },
    answer: { choice: [choice], points: [1] },
  }) as Receipt

/** Three for anna, two for ben, all with receipts. */
const ENDINGS: Ending[] = ['anna', 'anna', 'anna', 'ben', 'ben'].map((choice, number) => ({
  choice,
  receipt: receiptOf(number, choice),
  mayCount: true,
}))

function evidence(
  {
    endings = ENDINGS,
    result = { anna: 3, ben: 2 } as Record<string, number>,
    ballots,
    found = [],
  }: Partial<{
    endings: Ending[]
    result: Record<string, number>
    ballots: number
    found: string[]
  }> = {},
  counts = result,
): VotesEvidence {
  const viewers = sum(result)
  const statement = { viewers, result, ballots: ballots ?? viewers }
  return {
    endings,
    document: { ballots: sum(counts), counts },
    certificate: { statement } as Certificate,
    found,
  }
}

const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((a, b) => a + b, 0)

const unanswered = (choice: string, mayCount: boolean): Ending => ({ choice, mayCount })

describe('what agrees is right', () => {
  test('every receipt is counted once', () => {
    expect(votesVerdict(evidence())).toEqual({ ok: true, faults: [], notes: [] })
  })

  test('a vote without an answer may be counted or not, for its choice', () => {
    const endings = [...ENDINGS, unanswered('ben', true)]
    expect(votesVerdict(evidence({ endings }))).toMatchObject({
      ok: true,
      notes: ['1 vote without a receipt may have arrived; counted: 0.'],
    })
    expect(votesVerdict(evidence({ endings, result: { anna: 3, ben: 3 } }))).toMatchObject({
      ok: true,
      notes: ['1 vote without a receipt may have arrived; counted: 1.'],
    })
  })

  test('a ballot that the log has twice and that counts once is right', () => {
    expect(votesVerdict(evidence({ ballots: 7 })).ok).toBe(true)
  })
})

describe('what differs is a plain sentence', () => {
  const wrong: [name: string, seen: VotesEvidence, says: RegExp][] = [
    ['a lost vote', evidence({ result: { anna: 3, ben: 1 } }), /^Lost 1 of 5 votes with a receipt: 4 /],
    ['a vote counted twice', evidence({ result: { anna: 4, ben: 2 } }), /^Counted 1 more than the 5 viewers/],
    ['a vote for another', evidence({ result: { anna: 2, ben: 3 } }), /anna 1 too few, ben 1 too many/],
    [
      'a vote for a choice with the name of what every object has',
      evidence({
        endings: [
          ...ENDINGS,
          { choice: 'constructor', receipt: receiptOf(5, 'constructor'), mayCount: true },
        ],
        result: { anna: 4, ben: 2 },
      }),
      /constructor 1 too few/,
    ],
    ['a vote for nobody', evidence({ result: { anna: 3, ben: 1, eve: 1 } }), /eve 1 too many/],
    [
      'a vote that never left',
      evidence({ endings: [...ENDINGS, unanswered('ben', false)], result: { anna: 3, ben: 3 } }),
      /^Counted 1 more/,
    ],
    [
      'an unclear vote counted for another',
      evidence({ endings: [...ENDINGS, unanswered('ben', true)], result: { anna: 4, ben: 2 } }),
      /anna 1 too many/,
    ],
    ['a poll that is not its certificate', evidence({}, { anna: 3, ben: 1 }), /poll says 4 .* certificate 5/],
    ['fewer ballots than viewers', evidence({ ballots: 4 }), /5 viewers and only 4 ballots/],
    [
      'a receipt for another choice',
      evidence({ endings: ENDINGS.with(0, { ...ENDINGS[0]!, receipt: receiptOf(0, 'ben') }) }),
      /receipt of ballot ballot-0 says ben, and the viewer chose anna/,
    ],
    [
      'one ballot for two viewers',
      evidence({ endings: ENDINGS.with(1, ENDINGS[0]!) }),
      /Two viewers have a receipt for ballot ballot-0/,
    ],
    ['what was found on the way', evidence({ found: ['A proof is not valid.'] }), /A proof is not valid/],
  ]
  for (const [name, seen, says] of wrong) {
    test(name, () => {
      const { ok, faults } = votesVerdict(seen)
      expect(ok).toBe(false)
      expect(faults.filter((fault) => says.test(fault))).not.toEqual([])
    })
  }
})
