import { expect, test } from 'bun:test'
import { answerSaltText, commitmentText, markText, paperText, rulesText, segmentText } from './commitments.ts'
import type { Poll } from './polls.ts'

const POLL: Poll = {
  show: 'final',
  poll: 'mvp',
  question: 'Who?',
  choices: [{ title: 'Ben', choice: 'ben' }],
  kind: 'points',
  max: 10,
  change: true,
  visibility: 'voted',
  opens: 1,
  closes: 2,
  reveals: 3,
  seals: 4,
  graceMs: 5,
  countLate: true,
  countQuarantined: false,
  answer: ['ben'],
  voters: 'guests',
  version: 7,
}

test('what binds a ballot is text, letter by letter as docs/voting.md has it', () => {
  expect(answerSaltText('s')).toBe('roar-salt-v1\ns')
  expect(segmentText({ salt: 's', segment: 'home' })).toBe('roar-segment-v1\ns\nhome')
  const opening = { voter: 'v', answer: { choice: ['anna', 'ben'], points: [7, 3] } }
  expect(commitmentText(opening, { answerSalt: 'a', segment: 'h' })).toBe(
    'roar-answer-v2\na\nv\nh\nanna=7,ben=3',
  )
  expect(markText({ quarantined: true, markSalt: 'm' })).toBe('roar-mark-v1\nm\nin quarantine')
  expect(markText({ quarantined: false, markSalt: 'm' })).toBe('roar-mark-v1\nm\nnot in quarantine')
})

test('the paper is what viewers vote on, and nothing that may change while they do', () => {
  expect(paperText(POLL)).toBe(
    'roar-paper-v1\n{"change":true,"choices":[{"choice":"ben","title":"Ben"}],"kind":"points","max":10,' +
      '"poll":"mvp","question":"Who?","show":"final","voters":"guests"}',
  )
})

test('the rules are all that a producer decides, and nothing that the server keeps beside them', () => {
  expect(rulesText(POLL)).toBe(
    'roar-rules-v1\n{"answer":["ben"],"change":true,"choices":[{"choice":"ben","title":"Ben"}],"closes":2,' +
      '"countLate":true,"countQuarantined":false,"graceMs":5,"kind":"points","max":10,"opens":1,"question":"Who?",' +
      '"reveals":3,"seals":4,"visibility":"voted","voters":"guests"}',
  )
})
