import * as v from 'valibot'
import { settingsOf } from '../../engine/shows/life.ts'
import { WEIGHT_MAX } from '../../protocol/fleet.ts'
import { ownOf } from '../../protocol/ids.ts'
import { stateOf } from '../../protocol/polls.ts'
import { type PollSummary, type Show, type ShowDocument, showStateOf } from '../../protocol/show.ts'
import { answer, call } from '../http/call/call.ts'
import { component, DAY_MS, id, text, whole } from '../http/call/schemas.ts'
import { SHOW_FIELDS } from '../shows/schemas.ts'
import type { IngestContext } from './context.ts'
import { whereToConnect } from './where-to-connect.ts'

/** How long a CDN may keep the show document. The show topic announces a newer one at once. */
const MAX_AGE_S = 2

const milliseconds = whole(1, DAY_MS)

const PollSummarySchema = component<PollSummary>()(
  'PollSummary',
  v.object({ poll: id, question: text, state: v.picklist(['open', 'closed', 'revealed', 'sealed']) }),
)
const ShowSchema = component<ShowDocument>()(
  'Show',
  v.object({
    ...SHOW_FIELDS,
    polls: v.pipe(v.array(PollSummarySchema), v.description('Polls that are open or were')),
    windowMs: v.pipe(milliseconds, v.description('The rhythm of mood packets')),
    flushMs: v.pipe(milliseconds, v.description('How often to send taps')),
    pubsub: v.pipe(v.array(v.pipe(text, v.url())), v.description('MQTT addresses to connect to')),
    weight: v.exactOptional(
      v.pipe(
        v.array(whole(1, WEIGHT_MAX)),
        v.description('How many viewers each address is to get beside the others'),
      ),
    ),
    jitterMs: v.exactOptional(
      v.pipe(whole(0, 60_000), v.description('Spread the first connection over this time, at random')),
    ),
  }),
)

const EXAMPLE: ShowDocument = {
  show: 'final',
  title: 'The final',
  accent: '#1d6ff2',
  stickers: [{ sticker: 'heart', title: 'Heart', emoji: '❤️' }],
  segments: [{ segment: 'home', title: 'Home', colour: '#1d6ff2' }],
  polls: [{ poll: 'mvp', question: 'Player of the match?', state: 'open' }],
  state: 'live',
  version: 7,
  windowMs: 250,
  flushMs: 1000,
  pubsub: ['wss://live.example.org/mqtt'],
}

export const getShow = call({
  id: 'getShow',
  method: 'GET',
  path: '/v1/shows/{show}',
  tag: 'Shows',
  summary: 'Get what a viewer needs to take part',
  who: 'anybody',
  answers: { 200: answer('The show', ShowSchema, EXAMPLE) },
  cached: true,
}).handle((context: IngestContext, { show: { show }, request, server }) => {
  const { directory, pacing, settings, logClock, proxies } = context
  // The first request of every viewer, and rarely repeated.
  proxies(request, server)
  return {
    status: 200,
    maxAgeS: MAX_AGE_S,
    body: {
      ...forViewers(show),
      state: showStateOf(show, logClock.now()),
      polls: directory.polls(show.show).flatMap(({ poll: { poll, question, ...times } }) => {
        const state = stateOf(times, logClock.now())
        return state === 'draft' ? [] : [{ poll, question, state }]
      }),
      windowMs: settings.windowMs,
      flushMs: pacing.pace.flushMs,
      ...whereToConnect(context, request),
    },
  }
})

/** The parts of a show that viewers need, with defaults filled in and without stickers that are off. */
function forViewers(
  show: Show,
): Omit<ShowDocument, 'state' | 'polls' | 'windowMs' | 'flushMs' | 'pubsub' | 'weight' | 'jitterMs'> {
  const { created: _, started: __, ended: ___, archived: ____, ...rest } = show
  const { removed: _____, removedPosts: ______, releasedPosts: _______, muted: ________, ...kept } = rest
  const { run: _________, wordLists: __________, ...document } = kept
  const off = show.switches?.stickers ?? {}
  const { bar, ...settings } = settingsOf(show)
  return {
    ...document,
    ...settings,
    bar: bar.filter((sticker) => ownOf(off, sticker) === undefined),
    stickers: show.stickers.filter(({ sticker }) => ownOf(off, sticker) === undefined),
  }
}
