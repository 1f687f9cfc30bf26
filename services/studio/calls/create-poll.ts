import * as v from 'valibot'
import { DEMO_SHOW } from '../../../engine/demo-show.ts'
import { createPoll as newPoll } from '../../../engine/polls/life.ts'
import { refusePollOf } from '../../../engine/shows/life.ts'
import { RoarError } from '../../../protocol/errors.ts'
import { POLLS_MAX, STUDIO_BODY_BYTES_MAX } from '../../../protocol/limits.ts'
import type { Poll, PollRules, Voters } from '../../../protocol/polls.ts'
import { answer, call, json } from '../../http/call/call.ts'
import { id, named } from '../../http/call/schemas.ts'
import { etagOf } from '../../http/versions.ts'
import { EXAMPLE_POLL, EXAMPLE_RULES, RULES, StudioPoll } from '../../polls/schemas.ts'
import type { StudioContext } from '../context.ts'
import { checkTellable } from '../told.ts'
import { withState } from './list-polls.ts'

/** Defaults: one choice, no change, counts after closing, no grace, signed-in viewers. */
const NewPoll = named(
  'NewPoll',
  v.strictObject({
    poll: id,
    question: RULES.question,
    choices: RULES.choices,
    kind: v.optional(RULES.kind, 'one'),
    max: v.exactOptional(RULES.max),
    change: v.optional(RULES.change, false),
    visibility: v.optional(RULES.visibility, 'closed'),
    opens: v.exactOptional(RULES.opens),
    closes: v.exactOptional(RULES.closes),
    reveals: v.exactOptional(RULES.reveals),
    seals: v.exactOptional(RULES.seals),
    graceMs: v.optional(RULES.graceMs, 0),
    countLate: v.optional(RULES.countLate, true),
    countQuarantined: v.optional(RULES.countQuarantined, false),
    answer: v.exactOptional(RULES.answer),
    voters: v.exactOptional(RULES.voters),
    publish: v.exactOptional(RULES.publish),
  }),
)

export const createPoll = call({
  id: 'createPoll',
  method: 'POST',
  path: '/v1/studio/shows/{show}/polls',
  tag: 'Studio',
  summary: 'Create a poll',
  description:
    'The poll is a draft until it is opened, by hand or by its schedule. Asked for again as it still is, it is answered again.',
  who: 'producer',
  body: json(
    NewPoll,
    { poll: 'mvp', ...EXAMPLE_RULES },
    { fault: 'bad_poll', bytesMax: STUDIO_BODY_BYTES_MAX },
  ),
  answers: { 201: answer('The poll', StudioPoll, EXAMPLE_POLL) },
  errors: ['already_exists', 'wrong_state', 'log_unavailable', 'store_unavailable'],
}).handle(
  async (context: StudioContext, { params: { show }, body: { poll, max, ...given }, caller: { who } }) => {
    const rules = { ...given, max: max ?? mostOf(given), voters: given.voters ?? votersOf(show) }
    const created = await makePoll(context, { show, poll, rules, who })
    return {
      status: 201,
      headers: { etag: etagOf(created) },
      body: withState(created, context.clock.now()),
    }
  },
)

/** Creates a poll, in its turn. @throws RoarError already_exists, bad_poll, wrong_state, log_unavailable, store_unavailable */
export const makePoll = (
  {
    control,
    directory,
    keys,
    store,
    clock,
  }: Pick<StudioContext, 'control' | 'directory' | 'keys' | 'store' | 'clock'>,
  { show, poll, rules, who }: { show: string; poll: string; rules: PollRules; who: string },
): Promise<Poll> =>
  control.inTurn(show, async () => {
    const isNew = !directory.everHad(show, poll)
    if (isNew) {
      refusePollOf(directory.get(show).show, clock.now())
      if (directory.polls(show).length >= POLLS_MAX)
        throw new RoarError('bad_poll', `a show has at most ${POLLS_MAX} polls`)
    }
    const created = newPoll(show, poll, rules, clock.now())
    checkTellable(created)
    if (isNew) await keys.make(show, poll)
    const entry = { at: clock.now(), who, action: 'create', poll, detail: rules }
    if (isNew && (await store.polls.save(created, { replaces: 0, entry }))) {
      await control.announce(show, created)
      return created
    }
    const stored = await store.polls.find(show, poll)
    if (!Bun.deepEquals(stored, created))
      throw new RoarError('already_exists', `the show has, or had, a poll ${poll}`)
    // Repeating a creation succeeds. If the log does not have the poll yet, another studio is about to announce it, or its
    // creator failed before doing so.
    if (!directory.learn(created)) await control.announce(show, created)
    return created
  })

/** Nobody can sign in to the demo show. */
const votersOf = (show: string): Voters => (show === DEMO_SHOW.show ? 'guests' : 'signed-in')

/** The default number of choices, or points, of a viewer. */
const mostOf = ({ kind, choices }: { kind: string; choices: unknown[] }): number =>
  kind === 'several' ? choices.length : kind === 'points' ? 10 : 1
