import * as v from 'valibot'
import { changePoll as change } from '../../../engine/polls/life.ts'
import { STUDIO_BODY_BYTES_MAX } from '../../../protocol/limits.ts'
import type { Poll } from '../../../protocol/polls.ts'
import { answer, call, json } from '../../http/call/call.ts'
import { named, orNull } from '../../http/call/schemas.ts'
import { etagOf, MATCHES, seenIn } from '../../http/versions.ts'
import { EXAMPLE_POLL, REASON, RULES, StudioPoll } from '../../polls/schemas.ts'
import type { StudioContext } from '../context.ts'
import type { PollChange } from '../poll-changes.ts'
import { withState } from './list-polls.ts'

const PollChanges = named(
  'PollChanges',
  v.strictObject({
    question: v.exactOptional(RULES.question),
    choices: v.exactOptional(RULES.choices),
    kind: v.exactOptional(RULES.kind),
    max: v.exactOptional(RULES.max),
    change: v.exactOptional(RULES.change),
    visibility: v.exactOptional(RULES.visibility),
    opens: orNull(RULES.opens),
    closes: orNull(RULES.closes),
    reveals: orNull(RULES.reveals),
    seals: orNull(RULES.seals),
    graceMs: v.exactOptional(RULES.graceMs),
    countLate: v.exactOptional(RULES.countLate),
    countQuarantined: v.exactOptional(RULES.countQuarantined),
    answer: v.exactOptional(RULES.answer),
    voters: v.exactOptional(RULES.voters),
    publish: v.exactOptional(RULES.publish),
    reason: v.exactOptional(v.pipe(REASON, v.description('Why, for the trail'))),
  }),
)

export const changePoll = call({
  id: 'changePoll',
  method: 'PATCH',
  path: '/v1/studio/shows/{show}/polls/{poll}',
  tag: 'Studio',
  summary: 'Change a poll',
  description: `What a ballot was checked against never changes: most of a poll is fixed once it is open. \`null\` takes a time away. ${MATCHES}`,
  who: 'producer',
  body: json(PollChanges, { visibility: 'live' }, { fault: 'bad_poll', bytesMax: STUDIO_BODY_BYTES_MAX }),
  answers: { 200: answer('The poll as it is now', StudioPoll, EXAMPLE_POLL) },
  errors: ['stale', 'wrong_state', 'approval_needed', 'log_unavailable', 'store_unavailable'],
}).handle((context: StudioContext, { poll: { poll }, caller, body: { reason, ...changes }, request }) =>
  keep(context, poll, {
    ifMatch: seenIn(request),
    who: caller.who,
    action: 'change',
    detail: { ...changes, ...(reason !== undefined && { reason }) },
    act: (poll, at) => change(poll, changes, at),
  }),
)

/** Makes a change and returns the resulting poll. */
export async function keep(
  { change, clock }: StudioContext,
  { show, poll }: Poll,
  work: Omit<PollChange, 'show' | 'poll'>,
) {
  return reply(await change({ show, poll, ...work }), clock.now())
}

const reply = (poll: Poll, now: number) =>
  ({ status: 200, headers: { etag: etagOf(poll) }, body: withState(poll, now) }) as const
