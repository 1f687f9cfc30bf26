import { expect, test } from 'bun:test'
import { type PublicBallot, publicBallotIn, publicLineOf } from './public-ballots.ts'

const HASH = 'h'.repeat(43)
const COMMON = {
  ballot: 'b1',
  place: { partition: 0, offset: 0 },
  voter: 'v'.repeat(22),
  ordinal: 1,
  at: 1_795_349_712_000,
  late: false,
  quarantined: false,
  markSalt: '',
  choice: ['anna'],
  points: [1],
}
const OPEN: PublicBallot = { ...COMMON, segment: 'home', salt: 'salt' }
const HIDDEN: PublicBallot = { ...COMMON, answerSalt: HASH, segmentHash: HASH }

test('a ballot is read as it was written, with its segment or with what hides it', () => {
  for (const ballot of [OPEN, HIDDEN]) expect(publicBallotIn(publicLineOf(ballot))).toEqual(ballot)
})

test('what is no ballot is refused, and why', () => {
  for (const none of ['null', '7', '"x"', 'true'])
    expect(() => publicBallotIn(none)).toThrow('it is not an object')
  expect(() => publicBallotIn('[]')).toThrow(TypeError)
  expect(() => publicBallotIn(publicLineOf({ ...HIDDEN, segmentHash: `${HASH}h` }))).toThrow('a hash')
  expect(() => publicBallotIn(publicLineOf({ ...OPEN, place: 7 as never }))).toThrow(
    'place is not a partition',
  )
})

test('the same ballot in another spelling is none', () => {
  const line = publicLineOf(OPEN)
  for (const other of [` ${line}`, `${line}\n`, line.replace('"at":', '"at": ')])
    expect(() => publicBallotIn(other)).toThrow('it is not encoded as ballots are')
})
