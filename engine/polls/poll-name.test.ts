import { expect, test } from 'bun:test'
import { pollName } from './poll-name.ts'

test('a poll has its own name, whichever was asked for before', () => {
  const polls = [
    ['final', 'mvp'],
    ['final', 'mvp'],
    ['final', 'best'],
    ['semi', 'best'],
    ['final', 'best'],
    ['final', 'mvp'],
  ] as const
  for (const [show, poll] of polls) expect(pollName(show, poll)).toBe(`${show}/${poll}`)
})
