import * as v from 'valibot'
import { closePoll, forgetVoters, openPoll, revealPoll, sealPoll } from '../../../engine/polls/life.ts'
import { refusePollOf } from '../../../engine/shows/life.ts'
import type { Poll } from '../../../protocol/polls.ts'
import { answer, call, json } from '../../http/call/call.ts'
import { whole } from '../../http/call/schemas.ts'
import { MATCHES, seenIn } from '../../http/versions.ts'
import { EXAMPLE_POLL, StudioPoll } from '../../polls/schemas.ts'
import type { StudioContext } from '../context.ts'
import type { PollChange } from '../poll-changes.ts'
import { keep } from './change-poll.ts'

/** The longest time for which a poll can be opened by hand: beyond it, use its schedule. */
const OPEN_MS_MAX = 86_400_000
const AS_IT_IS = { 200: answer('The poll as it is now', StudioPoll, EXAMPLE_POLL) }
const ERRORS = [
  'stale',
  'wrong_state',
  'bad_poll',
  'overloaded',
  'log_unavailable',
  'store_unavailable',
] as const

const open = call({
  id: 'openPoll',
  method: 'POST',
  path: '/v1/studio/shows/{show}/polls/{poll}/open',
  tag: 'Studio',
  summary: 'Open a poll now',
  description: `A poll that is open already is answered as it is. ${MATCHES}`,
  who: 'producer',
  body: json(
    v.strictObject({
      forMs: v.exactOptional(
        v.pipe(whole(1, OPEN_MS_MAX), v.description('How long it stays open; default: as scheduled')),
      ),
    }),
    { forMs: 60_000 },
    { optional: true },
  ),
  answers: AS_IT_IS,
  errors: [...ERRORS],
}).handle((context: StudioContext, { show: { show }, poll: { poll }, body: { forMs }, caller, request }) =>
  keep(context, poll, {
    ifMatch: seenIn(request),
    who: caller.who,
    action: 'open',
    ...(forMs !== undefined && { detail: { forMs } }),
    act(poll, at) {
      const opened = openPoll(poll, at, forMs)
      if (opened !== poll) refusePollOf(show, at)
      return opened
    },
  }),
)

/** The other steps of a poll's life differ only in their effect. */
const step = (
  action: 'close' | 'reveal' | 'seal' | 'forget',
  summary: string,
  act: (poll: Poll, at: number) => Poll,
  also?: (context: StudioContext) => Pick<PollChange, 'after' | 'certify'>,
) =>
  call({
    id: `${action}Poll`,
    method: 'POST',
    path: `/v1/studio/shows/{show}/polls/{poll}/${action}`,
    tag: 'Studio',
    summary,
    description: `Repeating a step returns the same answer. ${MATCHES}`,
    who: 'producer',
    answers: AS_IT_IS,
    errors: [...ERRORS, ...(action === 'seal' ? (['approval_needed', 'clock_unsure'] as const) : [])],
  }).handle((context: StudioContext, { poll: { poll }, caller, request, server }) => {
    // Sealing millions takes longer than a connection may be idle.
    server.timeout(request, 0)
    return keep(context, poll, { who: caller.who, action, ifMatch: seenIn(request), act, ...also?.(context) })
  })

export const POLL_STEPS = [
  open,
  step('close', 'Close a poll now; late votes are accepted until the grace is over', closePoll),
  step('reveal', 'Show the counts and the right answer to everybody', revealPoll),
  step('seal', 'Create the certificate; nothing changes after it', sealPoll, ({ certify }) => ({ certify })),
  step('forget', 'Delete the key by which voters could be found', forgetVoters, ({ keys }) => ({
    after: ({ show, poll }) => keys.forget(show, poll),
  })),
]
