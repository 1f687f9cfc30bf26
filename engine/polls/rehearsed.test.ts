import { expect, test } from 'bun:test'
import type { PollState } from '../../protocol/polls.ts'
import { rehearsedPoll } from './rehearsed.ts'

const RECORDED = { poll: 'mvp', question: 'Who was the best?' }
const poll = (id: string, question: string, state: PollState = 'draft') => ({ poll: id, question, state })
/** The poll that stands in for the recorded one in a show with these polls. */
const rehearsed = (...polls: ReturnType<typeof poll>[]) =>
  rehearsedPoll(RECORDED, polls, (id) => polls.some((each) => each.poll === id))

test('a recorded poll is rehearsed in the one of its id, or else of its question', () => {
  const byQuestion = poll('best', RECORDED.question)
  expect(rehearsed(poll('other', 'Where?'), byQuestion)).toEqual({ poll: 'best', isNew: false })
  expect(rehearsed(byQuestion, poll('mvp', 'Where?'))).toEqual({ poll: 'mvp', isNew: false })
  expect(rehearsed(poll('mvp', 'Where?', 'open'))).toEqual({ poll: 'mvp', isNew: false })
})

test('where no such poll can still be opened, it is a new one, under an id that no poll has or had', () => {
  expect(rehearsed()).toEqual({ poll: 'mvp', isNew: true })
  for (const state of ['closed', 'revealed', 'sealed'] as const)
    expect(rehearsed(poll('mvp', RECORDED.question, state))).toEqual({ poll: 'mvp-2', isNew: true })
})
