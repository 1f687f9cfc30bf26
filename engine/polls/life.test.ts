import { expect, test } from 'bun:test'
import { ERRORS, RoarError } from '../../protocol/errors.ts'
import type { Poll, PollRules, PollState, Visibility } from '../../protocol/polls.ts'
import {
  changePoll,
  closePoll,
  countsAreSeen,
  createPoll,
  forgetVoters,
  knownLate,
  openPoll,
  reachState,
  revealPoll,
  sealPoll,
  stepsReached,
  stopVotes,
} from './life.ts'
import { RULES as TWO } from './rules-fixture.ts'

const RULES: PollRules = {
  ...TWO,
  choices: ['anna', 'ben', 'cleo'].map((choice) => ({ choice, title: choice })),
}
const NOW = 1_000_000
const created = (more: Partial<PollRules> = {}): Poll => createPoll('final', 'mvp', { ...RULES, ...more }, 0)

/** A poll in each state at `NOW`, by the times alone. */
const IN_STATE: Record<PollState, Poll> = {
  draft: created(),
  open: created({ opens: NOW - 10 }),
  closed: created({ opens: NOW - 10, closes: NOW - 5 }),
  revealed: { ...created({ opens: NOW - 10, closes: NOW - 5 }), revealed: NOW - 1 },
  sealed: { ...created({ opens: NOW - 10, closes: NOW - 5 }), revealed: NOW - 1, sealed: NOW },
}
const STATES = Object.keys(IN_STATE) as PollState[]

/** What a call gives, or the code and the words of why it gives nothing. */
function outcome<T>(call: () => T): T | string {
  try {
    return call()
  } catch (cause) {
    if (!(cause instanceof RoarError)) throw cause
    expect(ERRORS).toHaveProperty(cause.code)
    return `${cause.code}: ${cause.message}`
  }
}

test('a new poll is what its rules say, in its first version', () => {
  expect(created()).toEqual({ show: 'final', poll: 'mvp', ...RULES, version: 1 })
})

test('what every role knew later than it was dated ends votes when they knew, and nothing else moves', () => {
  const late = (poll: Poll, before: Poll, knownMs: number, sinceMs = NOW - 20) =>
    knownLate(poll, before, { sinceMs, knownMs })
  const open = created({ opens: NOW - 10 })
  const closed = { ...open, closes: NOW, version: 2 }
  expect(late(closed, open, NOW)).toBe(closed)
  expect(late(closed, open, NOW + 5)).toEqual({ ...closed, closes: NOW + 5 })
  // Its schedule ended the votes meanwhile.
  expect(late(closed, { ...open, closes: NOW + 3 }, NOW + 5).closes).toBe(NOW + 3)
  // Everybody knew that it would close.
  const other = { ...closed, version: 3 }
  expect(late(other, closed, NOW + 5)).toBe(other)
  const planned = { ...closed, reveals: NOW + 1, seals: NOW + 9 }
  expect(late(planned, open, NOW + 5)).toMatchObject({
    closes: NOW + 5,
    reveals: NOW + 5,
    seals: NOW + 9,
  })
  // Late votes are accepted until it is revealed.
  const graced = { ...closed, graceMs: 60, version: 3 }
  const revealed = { ...graced, revealed: NOW + 20, version: 4 }
  expect(late(revealed, graced, NOW + 40).revealed).toBe(NOW + 40)
  expect(late(revealed, graced, NOW + 400).revealed).toBe(NOW + 60)
  expect(late(revealed, graced, NOW + 20)).toBe(revealed)
  const brought = { ...graced, reveals: NOW + 20, version: 4 }
  expect([20, 40, 400].map((ms) => late(brought, graced, NOW + ms).reveals)).toEqual([
    NOW + 20,
    NOW + 40,
    NOW + 60,
  ])
  expect(late({ ...brought, version: 5 }, brought, NOW + 40).reveals).toBe(NOW + 20)
  // A log that was copied has all of it at once.
  expect(late(closed, open, NOW + 5, NOW + 4)).toBe(closed)
  // It was not open before everybody knew.
  expect(late(closed, { ...open, opens: NOW + 9 }, NOW + 5)).toBe(closed)
  for (const poll of [created({ opens: NOW - 10, closes: NOW }), { ...revealed, sealed: NOW + 21 }])
    expect(late(poll, created(), NOW + 40)).toBe(poll)
})

test('what every role knew only when the poll was open changes nothing that ballots are checked against', () => {
  const before = created({ opens: NOW + 5, closes: NOW + 50 })
  const choices = ['cleo', 'dan'].map((choice) => ({ choice, title: choice }))
  const changed = { ...before, question: 'Who was?', choices, opens: NOW + 9, closes: NOW + 60, version: 2 }
  const at = (knownMs: number, sinceMs = NOW) => knownLate(changed, before, { sinceMs, knownMs })
  expect(at(NOW + 5)).toBe(changed)
  expect(at(NOW + 6)).toEqual({ ...before, closes: NOW + 60, version: 2 })
  expect(at(NOW + 6, NOW + 5)).toBe(changed)
})

test('each step is taken from the states before it, and from no other', () => {
  const allowed = (step: (poll: Poll, now: number) => Poll) =>
    STATES.filter((state) => {
      const result = outcome(() => step(IN_STATE[state], NOW))
      return typeof result === 'object' && result !== IN_STATE[state]
    })
  expect(allowed(openPoll)).toEqual(['draft'])
  expect(allowed(closePoll)).toEqual(['open'])
  expect(allowed(revealPoll)).toEqual(['closed'])
  expect(allowed(stopVotes)).toEqual(['closed', 'revealed'])
  expect(allowed(sealPoll)).toEqual(['closed', 'revealed'])
  expect(allowed(forgetVoters)).toEqual(['sealed'])
})

test('a step to a state that it is in, or past, gives the same poll: asking again changes nothing', () => {
  const steps = { open: openPoll, closed: closePoll, revealed: revealPoll, sealed: sealPoll }
  for (const [state, step] of Object.entries(steps)) {
    const poll = IN_STATE[state as PollState]
    expect(step(poll, NOW + 5)).toBe(poll)
  }
  // Its answer was lost, and the schedule has gone on since.
  for (const { state, step } of [
    { state: 'revealed', step: closePoll },
    { state: 'sealed', step: closePoll },
    { state: 'sealed', step: revealPoll },
  ] as const)
    expect(step(IN_STATE[state], NOW + 5)).toBe(IN_STATE[state])
  const forgotten = forgetVoters(IN_STATE.sealed, NOW)
  expect(forgetVoters(forgotten, NOW + 5)).toBe(forgotten)
  expect(changePoll(IN_STATE.sealed, { question: RULES.question, max: 1 }, NOW)).toBe(IN_STATE.sealed)
})

test('a step that cannot be taken says the state and the step', () => {
  const { draft, open, sealed } = IN_STATE
  expect(outcome(() => openPoll(sealed, NOW))).toMatch(/^wrong_state: .*sealed.*opened$/)
  expect(outcome(() => closePoll(draft, NOW))).toMatch(/^wrong_state: .*draft.*closed$/)
  expect(outcome(() => revealPoll(open, NOW))).toMatch(/^wrong_state: .*open.*revealed$/)
  expect(outcome(() => sealPoll(open, NOW))).toMatch(/^wrong_state: .*open.*sealed$/)
  expect(outcome(() => forgetVoters(open, NOW))).toMatch(/^wrong_state: .*open.*forgotten$/)
})

test('each step sets its time, and the version grows by one', () => {
  const { draft, open, closed, revealed, sealed } = IN_STATE
  expect(openPoll(draft, NOW)).toEqual({ ...draft, opens: NOW, version: 2 })
  expect(closePoll(open, NOW)).toEqual({ ...open, closes: NOW, version: 2 })
  expect(revealPoll(closed, NOW)).toEqual({ ...closed, revealed: NOW, version: 2 })
  expect(stopVotes(closed, NOW)).toEqual({ ...closed, sealing: NOW, version: 2 })
  expect(sealPoll(revealed, NOW)).toEqual({ ...revealed, sealing: NOW, sealed: NOW, version: 2 })
  expect(forgetVoters(sealed, NOW)).toEqual({ ...sealed, forgotten: NOW, version: 2 })
})

test('a poll that closes in the millisecond in which it opened was open for that one', () => {
  expect(closePoll({ ...created(), opens: NOW }, NOW).closes).toBe(NOW + 1)
})

test('a seal that was begun keeps the moment in which votes stopped', () => {
  const begun = stopVotes(IN_STATE.closed, NOW)
  expect(stopVotes(begun, NOW + 7).sealing).toBe(NOW)
  expect(sealPoll(begun, NOW + 7)).toMatchObject({ sealing: NOW, sealed: NOW + 7 })
})

test('what is sealed is revealed too: by then, or when it was', () => {
  const closed = IN_STATE.closed
  expect(sealPoll(closed, NOW).revealed).toBe(NOW)
  expect(sealPoll({ ...closed, reveals: NOW - 3 }, NOW).revealed).toBe(NOW - 3)
  expect(sealPoll({ ...closed, reveals: NOW + 3 }, NOW).revealed).toBe(NOW)
  expect(sealPoll({ ...closed, reveals: NOW - 4, revealed: NOW - 2 }, NOW).revealed).toBe(NOW - 2)
})

test('no poll is sealed while late votes are still taken, and the first millisecond after may seal it', () => {
  const late = created({ opens: NOW - 10, closes: NOW - 5, graceMs: 100 })
  expect(outcome(() => sealPoll(late, NOW + 94))).toBe(
    `wrong_state: late votes are accepted until ${NOW + 95}`,
  )
  expect(sealPoll(late, NOW + 95).sealed).toBe(NOW + 95)
})

test('what a ballot was checked against never changes under it, and a sealed poll changes no more', () => {
  const changes: PollRules = {
    ...RULES,
    question: 'Who?',
    choices: RULES.choices.slice(1),
    kind: 'several',
    max: 2,
    change: true,
    visibility: 'closed',
    opens: NOW + 10,
    closes: NOW + 20,
    reveals: NOW + 30,
    seals: NOW + 40,
    graceMs: 5,
    countLate: false,
    countQuarantined: true,
    answer: ['anna'],
    voters: 'guests',
    publish: false,
  }
  const changeable = (state: PollState) =>
    Object.entries(changes)
      .filter(([field, value]) => {
        const result = outcome(() =>
          changePoll(
            { ...IN_STATE[state], closes: IN_STATE[state].closes ?? NOW + 20 },
            { [field]: value },
            NOW,
          ),
        )
        return typeof result === 'object' || !result.startsWith('wrong_state')
      })
      .map(([field]) => field)
      .toSorted()
  const anyTime = ['countLate', 'countQuarantined', 'seals']
  const untilRevealed = [...anyTime, 'answer', 'reveals', 'visibility'].toSorted()
  expect(changeable('draft')).toEqual(Object.keys(changes).toSorted())
  expect(changeable('open')).toEqual([...untilRevealed, 'closes', 'graceMs'].toSorted())
  expect(changeable('closed')).toEqual(untilRevealed)
  expect(changeable('revealed')).toEqual(anyTime)
  expect(changeable('sealed')).toEqual([])
})

test('a change is the poll with the change, one version on', () => {
  expect(changePoll(IN_STATE.open, { visibility: 'voted' }, NOW)).toEqual({
    ...IN_STATE.open,
    visibility: 'voted',
    version: 2,
  })
  expect(outcome(() => changePoll(IN_STATE.open, { max: 2 }, NOW))).toMatch(/^wrong_state: max .*open$/)
})

test('null takes a time away, and where there is none nothing changes', () => {
  const planned = created({ opens: NOW + 10, closes: NOW + 20, seals: NOW + 30 })
  const never = { opens: null, closes: null, reveals: null, seals: null }
  expect(changePoll(planned, never, NOW)).toEqual({ ...IN_STATE.draft, version: 2 })
  expect(changePoll(IN_STATE.draft, never, NOW)).toBe(IN_STATE.draft)
  expect(outcome(() => changePoll(planned, { opens: null }, NOW))).toBe('bad_poll: closes needs opens')
  expect(outcome(() => changePoll(IN_STATE.open, { opens: null }, NOW))).toMatch(/^wrong_state: opens /)
})

test('no poll is given a reveal in the past: late votes that have receipts would be from after it', () => {
  const { closed } = IN_STATE
  expect(outcome(() => changePoll(closed, { reveals: NOW - 1 }, NOW))).toBe(
    'bad_poll: reveals is in the past',
  )
  const revealing = changePoll(closed, { reveals: NOW }, NOW)
  expect(revealing).toMatchObject({ reveals: NOW })
  // Its answer was lost.
  expect(changePoll(revealing, { reveals: NOW }, NOW + 1)).toBe(revealing)
  expect(changePoll(revealing, { seals: NOW + 5 }, NOW + 1)).toMatchObject({ reveals: NOW, seals: NOW + 5 })
})

test('no poll is given an end in the past: a draft would be over, and its id spent', () => {
  const { open, draft } = IN_STATE
  expect(outcome(() => changePoll(open, { closes: NOW - 1 }, NOW))).toBe('bad_poll: closes is in the past')
  expect(changePoll(open, { closes: NOW }, NOW).closes).toBe(NOW)
  const past = { opens: NOW - 20, closes: NOW - 10 }
  expect(outcome(() => changePoll(draft, past, NOW))).toBe('bad_poll: closes is in the past')
  expect(outcome(() => createPoll('final', 'mvp', { ...RULES, ...past }, NOW))).toBe(
    'bad_poll: closes is in the past',
  )
})

test('a poll of an older release whose choices look the same can be changed in all else', () => {
  const choices = ['Anna', 'Anna '].map((title, i) => ({ choice: `c${i}`, title }))
  const older = { ...IN_STATE.draft, choices }
  expect(changePoll(older, { countLate: true }, NOW)).toMatchObject({ countLate: true, choices })
  expect(openPoll(older, NOW).opens).toBe(NOW)
  expect(outcome(() => changePoll(older, { choices: [...choices].reverse() }, NOW))).toBe(
    'bad_poll: two choices look the same',
  )
})

/** A flag of a part of a country (UTS 51). */
const flagOf = (part: string): string =>
  `🏴${[...part].map((letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0))).join('')}\u{e007f}`

test('fields that contradict each other are refused, by what they say of one another', () => {
  const refusal = (more: Partial<PollRules>) => {
    const result = outcome(() => created(more))
    return typeof result === 'string' ? result : 'created'
  }
  const twice = [...RULES.choices, { choice: 'anna', title: 'Another Anna' }]
  expect(refusal({ choices: twice })).toBe('bad_poll: two choices have one id')
  const titled = (...titles: string[]) =>
    refusal({ choices: titles.map((title, i) => ({ choice: `c${i}`, title })) })
  expect(titled('\u2764', '\u2764\ufe0f')).toBe('bad_poll: two choices look the same')
  // The flags differ only in tags; a woman at a laptop, and a woman beside one, only in a joiner.
  expect(titled(flagOf('gbeng'), flagOf('gbsct'))).toBe('created')
  expect(titled('👩\u200d💻', '👩💻')).toBe('created')
  expect(refusal({ max: 2 })).toBe('bad_poll: max is 1 where the kind is one')
  expect(refusal({ kind: 'several', max: 4 })).toBe('bad_poll: max is more than there are choices')
  expect(refusal({ kind: 'several', max: 3 })).toBe('created')
  expect(refusal({ kind: 'points', max: 10 })).toBe('created')
  expect(refusal({ opens: 5, closes: 5 })).toBe('bad_poll: closes is not after opens')
  expect(refusal({ opens: 5, closes: 6 })).toBe('created')
  expect(refusal({ closes: 6 })).toBe('bad_poll: closes needs opens')
  expect(refusal({ opens: 5, reveals: 7 })).toBe('bad_poll: reveals needs closes')
  expect(refusal({ opens: 5, seals: 7 })).toBe('bad_poll: seals needs closes')
  expect(refusal({ opens: 5, closes: 6, reveals: 5 })).toBe('bad_poll: reveals is before closes')
  expect(refusal({ opens: 5, closes: 6, seals: 5 })).toBe('bad_poll: seals is before closes')
  expect(refusal({ opens: 5, closes: 6, reveals: 6, seals: 6 })).toBe('created')
  expect(refusal({ answer: ['dora'] })).toBe('bad_poll: the answer dora is not a choice')
  expect(refusal({ answer: ['anna', 'cleo'] })).toBe('created')
})

test('a poll that cannot be opened as it stands is not', () => {
  expect(outcome(() => openPoll({ ...created(), reveals: NOW + 5 }, NOW))).toBe(
    'bad_poll: reveals needs closes',
  )
})

test('who sees the counts: everybody from the moment that the poll says, and voters of their own', () => {
  const seen = (visibility: Visibility, mine: boolean) =>
    STATES.filter((state) => countsAreSeen({ ...IN_STATE[state], visibility }, NOW, { mine }))
  expect(countsAreSeen(IN_STATE.draft, NOW, { mine: true })).toBe(false)
  expect(seen('live', false)).toEqual(['open', 'closed', 'revealed', 'sealed'])
  expect(seen('voted', false)).toEqual(['closed', 'revealed', 'sealed'])
  expect(seen('voted', true)).toEqual(['open', 'closed', 'revealed', 'sealed'])
  for (const mine of [false, true]) {
    expect(seen('closed', mine)).toEqual(['closed', 'revealed', 'sealed'])
    expect(seen('revealed', mine)).toEqual(['revealed', 'sealed'])
  }
})

test('what the clock has made of a poll is kept, one version on, and once', () => {
  const reached = reachState({ ...created(), opens: NOW }, NOW)
  expect(reached).toEqual({ ...created(), opens: NOW, reached: 'open', version: 2 })
  expect(reachState(reached, NOW)).toBe(reached)
  const draft = created()
  expect(reachState(draft, NOW)).toBe(draft)
})

test('the steps that the clock has brought have the times of the poll, each that was not seen before, and none of a sealed one', () => {
  const timed = { ...created(), opens: 10, closes: 20, reveals: 30 }
  const [open, close, reveal] = [
    { action: 'open', at: 10 },
    { action: 'close', at: 20 },
    { action: 'reveal', at: 30 },
  ] as const
  expect(stepsReached(timed, 9)).toEqual([])
  expect(stepsReached(timed, 10)).toEqual([open])
  expect(stepsReached(timed, 40)).toEqual([open, close, reveal])
  expect(stepsReached({ ...timed, reached: 'open' }, 25)).toEqual([close])
  expect(stepsReached({ ...timed, reached: 'closed' }, 25)).toEqual([])
  expect(stepsReached({ ...timed, revealed: 22, reached: 'closed' }, 25)).toEqual([{ ...reveal, at: 22 }])
  expect(stepsReached({ ...timed, revealed: 22, sealed: 22, reached: 'closed' }, 25)).toEqual([])
})

test('what may be changed of a closed poll may be changed though its end is past', () => {
  expect(changePoll(IN_STATE.closed, { countLate: false }, NOW)).toMatchObject({
    countLate: false,
    version: 2,
  })
})

test('a poll that is opened for so long closes by itself, and one that is open stays as it is', () => {
  const opened = openPoll(IN_STATE.draft, NOW, 60_000)
  expect(opened).toMatchObject({ opens: NOW, closes: NOW + 60_000 })
  expect(openPoll(opened, NOW + 1, 5_000)).toBe(opened)
})

test('a change of a poll is the next version, and skips one while its seal has begun', () => {
  const changed = (poll: Poll) => changePoll(poll, { countLate: false }, NOW).version
  expect([changed(IN_STATE.closed), changed({ ...IN_STATE.closed, sealing: NOW })]).toEqual([2, 3])
})
