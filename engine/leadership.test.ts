import { expect, test } from 'bun:test'
import { type Leadership, type LeadershipEvent, lead, STANDBY } from './leadership.ts'

const resuming: Leadership = { state: 'resuming', refusals: 1 }
const active: Leadership = { state: 'active', term: 7, refusals: 1 }

/** What each state becomes by each event. */
const TABLE: [LeadershipEvent, standby: Leadership, resuming: Leadership, active: Leadership][] = [
  [{ type: 'shared', partitions: 0 }, STANDBY, STANDBY, STANDBY],
  [{ type: 'shared', partitions: 1 }, { state: 'resuming', refusals: 0 }, resuming, active],
  [
    { type: 'replaced', reading: true },
    { state: 'resuming', refusals: 1 },
    { state: 'resuming', refusals: 2 },
    { state: 'resuming', refusals: 2 },
  ],
  [{ type: 'replaced', reading: false }, STANDBY, STANDBY, STANDBY],
  [{ type: 'took', term: 8 }, STANDBY, { state: 'active', term: 8, refusals: 1 }, active],
  [{ type: 'wrote' }, STANDBY, resuming, { ...active, refusals: 0 }],
  [{ type: 'writeFailed' }, STANDBY, resuming, resuming],
]

test('leadership is its table', () => {
  for (const [event, ...wanted] of TABLE) {
    expect([STANDBY, resuming, active].map((state) => lead(state, event))).toEqual(wanted)
  }
})

test('after a write that failed nothing is written under the old term', () => {
  let now = lead(active, { type: 'writeFailed' })
  expect(now.state).toBe('resuming')
  now = lead(now, { type: 'took', term: 8 })
  expect(now).toMatchObject({ state: 'active', term: 8 })
})
