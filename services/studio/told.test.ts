import { expect, test } from 'bun:test'
import { createPoll } from '../../engine/polls/life.ts'
import type { RoarError } from '../../protocol/errors.ts'
import type { PollRules } from '../../protocol/polls.ts'
import type { Show, Sticker } from '../../protocol/show.ts'
import { EXAMPLE_SHOW } from '../shows/schemas.ts'
import { checkTellable } from './told.ts'

function faultOf(document: Parameters<typeof checkTellable>[0]): string | undefined {
  try {
    checkTellable(document)
    return undefined
  } catch (cause) {
    return `${(cause as RoarError).code}: ${(cause as RoarError).message}`
  }
}
const RULES: PollRules = {
  ...{
    question: 'Who?',
    choices: ['a', 'b'].map((choice) => ({ choice, title: choice })),
    kind: 'one',
    max: 1,
  },
  ...{ change: false, visibility: 'closed', graceMs: 0, countLate: true, countQuarantined: false },
}
const { state: _, ...SHOW } = EXAMPLE_SHOW
const showOf = (change: Partial<Show>): Show => ({ ...SHOW, ...change })

test('what every role can read is told, and what none could read, or no log would take, is refused before it is kept', () => {
  const poll = createPoll('semi', 'mvp', RULES, 0)
  expect(faultOf(poll)).toBeUndefined()
  const choices = poll.choices.map((choice) => ({ ...choice, image: 'x'.repeat(10_000) }))
  expect(faultOf({ ...poll, choices })).toStartWith('bad_poll: choices is not a list of')
  expect(faultOf(showOf({}))).toBeUndefined()
  expect(faultOf(showOf({ title: 'x'.repeat(10_000) }))).toStartWith('bad_request: title is not')
  const keywords = Array.from({ length: 32 }, () => '心'.repeat(64))
  const stickers: Sticker[] = Array.from({ length: 512 }, (_, i) => ({
    sticker: `s${i}`,
    title: 's',
    keywords,
  }))
  expect(faultOf(showOf({ stickers }))).toContain('1000000 at most')
  expect(faultOf(showOf({ stickers: stickers.slice(0, 100) }))).toBeUndefined()
})
