import * as v from 'valibot'
import { mayCall } from '../../../engine/people/roles.ts'
import { RoarError } from '../../../protocol/errors.ts'
import type { RecordingLine } from '../../../protocol/recording.ts'
import { showStateOf } from '../../../protocol/show.ts'
import { answer, call, json } from '../../http/call/call.ts'
import { component, count, id, text, time, whole } from '../../http/call/schemas.ts'
import type { StudioContext } from '../context.ts'
import { exportSpanOf } from '../export-rows.ts'
import { recordingLines } from '../recording.ts'
import { REHEARSAL_LINES_MAX, REHEARSAL_SPEED_MAX, type Rehearsal } from '../rehearsals.ts'

const sentences = v.array(text)
const fate = { sent: count, accepted: count }
const counted = v.object({ ...fate, counted: count })
const RehearsalSchema = component<Rehearsal>()(
  'Rehearsal',
  v.object({
    title: v.pipe(text, v.description('Of what is played')),
    speed: whole(1, REHEARSAL_SPEED_MAX),
    state: v.picklist(['running', 'done', 'stopped', 'failed']),
    who: v.pipe(text, v.description('Who began it')),
    began: time,
    elapsedMs: count,
    lengthMs: v.pipe(count, v.description('How long all of it takes at its speed')),
    taps: counted,
    votes: counted,
    posts: v.object(fate),
    faults: v.pipe(sentences, v.description('What is wrong; empty: all that was accepted was counted')),
    notes: sentences,
  }),
)
const NewestSchema = component<{ newest?: Rehearsal }>()(
  'NewestRehearsal',
  v.object({ newest: v.exactOptional(RehearsalSchema) }),
)
const EXAMPLE: Rehearsal = {
  ...{ title: 'The semi-final', speed: 20, state: 'running', who: 'pat', began: 1_795_349_712_000 },
  ...{ elapsedMs: 4_000, lengthMs: 60_000, taps: { sent: 800, accepted: 800, counted: 780 } },
  ...{
    votes: { sent: 10, accepted: 10, counted: 10 },
    posts: { sent: 4, accepted: 4 },
    faults: [],
    notes: [],
  },
}
const AS_IT_IS = { 200: answer('The rehearsal as it is now', RehearsalSchema, EXAMPLE) }

const beginRehearsal = call({
  id: 'beginRehearsal',
  method: 'POST',
  path: '/v1/studio/shows/{show}/rehearsal',
  tag: 'Studio',
  summary: 'Play a script or another show into a rehearsal',
  description:
    'With taps, posts and votes of simulated viewers, through the calls that phones use. The show is started, and polls are opened and closed as in the original. One at a time per show.',
  who: 'producer',
  body: json(
    v.strictObject({
      from: v.exactOptional(
        v.pipe(id, v.description('The show whose last day is played; default: a final in half a minute')),
      ),
      speed: v.optional(whole(1, REHEARSAL_SPEED_MAX), 1),
    }),
    { from: 'semi', speed: 20 },
    { optional: true },
  ),
  answers: AS_IT_IS,
  errors: ['not_rehearsal', 'wrong_state', 'unknown_show', 'log_unavailable', 'store_unavailable'],
}).handle(async (context: StudioContext, { show: { show }, body: { from, speed }, caller }) => {
  if (show.rehearsal !== true)
    throw new RoarError('not_rehearsal', `${show.show} is not a rehearsal, so nothing can be played into it`)
  if (showStateOf(show, context.clock.now()) === 'ended')
    throw new RoarError('wrong_state', 'the rehearsal has ended: wipe it first')
  const lines = from === undefined ? undefined : await linesOf(context, from, caller.grants)
  const begun = await context.rehearsals.begin(show, { ...(lines && { lines }), speed, who: caller.who })
  return { status: 200, body: begun }
})

async function linesOf(
  context: StudioContext,
  from: string,
  grants: Parameters<typeof mayCall>[0],
): Promise<RecordingLine[]> {
  const { show } = context.directory.get(from)
  if (!mayCall(grants, 'analyst', from))
    throw new RoarError('forbidden', `you need the role of an analyst in ${from}`)
  // For a show that has begun, all of it: its last day alone would be quiet a week later.
  const to = show.ended ?? context.clock.now()
  const span = exportSpanOf({ from: show.started, to, stepMs: undefined }, context.clock.now())
  const lines: RecordingLine[] = []
  for await (const some of recordingLines(context, from, span)) {
    lines.push(...some)
    if (lines.length > REHEARSAL_LINES_MAX)
      throw new RoarError('bad_request', `from: too long for the studio: use roar replay ${from}`)
  }
  return lines
}

const getRehearsal = call({
  id: 'getRehearsal',
  method: 'GET',
  path: '/v1/studio/shows/{show}/rehearsal',
  tag: 'Studio',
  summary: 'Look at the newest rehearsal that is or was played into a show',
  description: 'As this server knows it, since it started.',
  who: 'member',
  answers: { 200: answer('It, where there is one', NewestSchema, { newest: EXAMPLE }) },
}).handle(({ rehearsals }: StudioContext, { params: { show } }) => {
  const rehearsal = rehearsals.newest(show)
  return { status: 200, body: rehearsal === undefined ? {} : { newest: rehearsal } }
})

const stopRehearsal = call({
  id: 'stopRehearsal',
  method: 'POST',
  path: '/v1/studio/shows/{show}/rehearsal/stop',
  tag: 'Studio',
  summary: 'Stop playing',
  description: 'Answered once nothing more is sent. What was played stays until the show is wiped.',
  who: 'producer',
  answers: AS_IT_IS,
}).handle(async ({ rehearsals }: StudioContext, { params: { show } }) => {
  await rehearsals.stop(show)
  const rehearsal = rehearsals.newest(show)
  if (rehearsal === undefined) throw new RoarError('not_found', 'nothing has been played into this show yet')
  return { status: 200, body: rehearsal }
})

export const REHEARSAL_CALLS = [beginRehearsal, getRehearsal, stopRehearsal]
