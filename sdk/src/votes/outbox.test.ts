import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Receipt } from '../../../protocol/polls.ts'
import { RoarError } from '../error.ts'
import { RETRY_MS_MAX } from '../machine.ts'
import { type OutboxEvent, type Progress, progress, sending } from './outbox.ts'

const receipt = { ballot: 'b' } as Receipt
const busy = new RoarError('overloaded', 'busy', { status: 503, retryAfterMs: 2000 })
const lost = new RoarError('network', 'lost')
const voted = new RoarError('already_voted', 'voted', { status: 409 })

const EVENTS: Record<'answered' | 'busy' | 'refused' | 'due' | 'online', OutboxEvent> = {
  answered: { type: 'answered', receipt },
  busy: { type: 'failed', error: busy },
  refused: { type: 'failed', error: voted },
  due: { type: 'due' },
  online: { type: 'online' },
}
const IN: Record<Progress['state'], Progress> = {
  sending,
  waiting: { state: 'waiting', failures: 1, retryInMs: 100, code: 'network' },
  counted: { state: 'counted', receipt },
  refused: { state: 'refused', error: voted },
}
const same = (state: Progress['state']) => ({
  answered: state,
  busy: state,
  refused: state,
  due: state,
  online: state,
})
const TABLE: Record<Progress['state'], Record<keyof typeof EVENTS, Progress['state']>> = {
  sending: { answered: 'counted', busy: 'waiting', refused: 'refused', due: 'sending', online: 'sending' },
  waiting: { ...same('waiting'), due: 'sending', online: 'sending' },
  counted: same('counted'),
  refused: same('refused'),
}

test('every state meets every event', () => {
  for (const state of Object.keys(TABLE) as Progress['state'][]) {
    for (const event of Object.keys(EVENTS) as (keyof typeof EVENTS)[]) {
      const next = progress(IN[state], EVENTS[event], () => 0.5)
      expect(`${state} ${event} ${next.state}`).toBe(`${state} ${event} ${TABLE[state][event]}`)
    }
  }
})

test('a vote is given up by nothing but a refusal, and waits at least what the server asked for', () => {
  const failure = fc.constantFrom(
    lost,
    busy,
    new RoarError('too_many_requests', '', { status: 429, retryAfterMs: 1000 }),
  )
  fc.assert(
    fc.property(
      fc.array(failure, { maxLength: 50 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (failures, dice) => {
        let vote: Progress = sending
        for (const error of failures) {
          vote = progress(vote, { type: 'failed', error }, () => dice)
          if (vote.state !== 'waiting') throw new Error(vote.state)
          const extraMs = vote.retryInMs - (error.retryAfterMs ?? 0)
          expect(extraMs).toBeGreaterThanOrEqual(0)
          expect(extraMs).toBeLessThanOrEqual(RETRY_MS_MAX)
          vote = progress(vote, { type: 'due' }, () => dice)
        }
        expect(vote).toEqual({ state: 'sending', failures: failures.length })
        expect(progress(vote, { type: 'answered', receipt }, () => dice)).toEqual({
          state: 'counted',
          receipt,
        })
      },
    ),
  )
})
