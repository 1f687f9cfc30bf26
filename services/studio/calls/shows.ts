import * as v from 'valibot'
import { mayCall } from '../../../engine/people/roles.ts'
import {
  archiveShow,
  changeShow as change,
  DEFAULT_RULES,
  DEFAULT_SWITCHES,
  endShow,
  createShow as newShow,
  startShow,
  switchShow,
} from '../../../engine/shows/life.ts'
import { sizesOf } from '../../../engine/shows/word-lists.ts'
import { RoarError } from '../../../protocol/errors.ts'
import { SHOWS_MAX, STUDIO_BODY_BYTES_MAX } from '../../../protocol/limits.ts'
import { type Show, showStateOf } from '../../../protocol/show.ts'
import { answer, call, json } from '../../http/call/call.ts'
import { flag, id, language, wholeText } from '../../http/call/schemas.ts'
import { etagOf, MATCHES, seenIn } from '../../http/versions.ts'
import {
  EXAMPLE_SHOW,
  SETTING,
  SOME_SETTINGS,
  SomeSwitches,
  STATES,
  StudioShow,
  WORD_LIST,
} from '../../shows/schemas.ts'
import type { StudioContext } from '../context.ts'
import { untilKept } from '../races.ts'
import type { ShowChange } from '../show-changes.ts'

const PAGE_MAX = 200
const PAGE = 50
export const SHOW_ERRORS = ['stale', 'wrong_state', 'log_unavailable', 'store_unavailable'] as const
export const AS_IT_IS = { 200: answer('The show as it is now', StudioShow, EXAMPLE_SHOW) }

const withState = (show: Show, now: number) => ({ ...show, state: showStateOf(show, now) })

export const listShows = call({
  id: 'listShows',
  method: 'GET',
  path: '/v1/studio/shows',
  tag: 'Studio',
  summary: 'List shows by their id',
  description:
    'Shows in which the caller has a role. Archived shows are included only on request. For the next page pass the last id as `after`.',
  who: 'member',
  query: {
    state: v.pipe(v.picklist([...STATES, 'archived']), v.description('Only these')),
    after: v.pipe(id, v.description('Only those whose id comes after this one')),
    limit: v.pipe(wholeText(1, PAGE_MAX), v.description(`At most this many; default ${PAGE}`)),
  },
  answers: { 200: answer('The shows', v.array(StudioShow), [EXAMPLE_SHOW]) },
}).handle(({ directory, clock }: StudioContext, { query: { state, after = '', limit = PAGE }, caller }) => {
  const now = clock.now()
  const fits = (show: Show): boolean => {
    if (show.show <= after) return false
    if (state === 'archived' || show.archived !== undefined)
      return state === 'archived' && show.archived !== undefined
    return state === undefined || showStateOf(show, now) === state
  }
  const shows = directory
    .shows()
    .filter((name) => mayCall(caller.grants, 'member', name))
    .map((name) => directory.get(name).show)
  const page = shows
    .filter(fits)
    .sort((a, b) => (a.show < b.show ? -1 : 1))
    .slice(0, limit)
  return { status: 200, body: page.map((show) => withState(show, now)) }
})

export const createShow = call({
  id: 'createShow',
  method: 'POST',
  path: '/v1/studio/shows',
  tag: 'Studio',
  summary: 'Create a show',
  description:
    'It begins at `starts`, or when it is started. Without packs it gets the stickers of the first pack.',
  who: 'producer',
  body: json(
    v.strictObject({
      show: id,
      title: SETTING.title,
      ...SOME_SETTINGS,
      rehearsal: v.exactOptional(
        v.pipe(
          flag,
          v.description(
            'Whether it is a rehearsal, which can be wiped and is marked for viewers; cannot be changed later',
          ),
        ),
      ),
      wordLists: v.exactOptional(
        v.pipe(
          v.array(v.strictObject({ language, ...WORD_LIST }), 'is not an array'),
          v.description('As of another show; later one by one'),
        ),
      ),
    }),
    { show: 'semi', title: 'The semi-final', packs: ['classic'] },
    { bytesMax: STUDIO_BODY_BYTES_MAX },
  ),
  answers: { 201: answer('The show', StudioShow, EXAMPLE_SHOW) },
  errors: ['already_exists', 'log_unavailable', 'store_unavailable'],
}).handle(
  ({ control, store, directory, clock }: StudioContext, { body: { show: name, ...settings }, caller }) =>
    control.inTurn(name, () =>
      untilKept('the show', async () => {
        // A store that lost its newest writes may know less than what was published.
        const known = (await store.show(name)) ?? directory.find(name)?.show
        const now = clock.now()
        const made = newShow(name, settings, { packs: await store.packs(), now: known?.created ?? now })
        if (known !== undefined && !Bun.deepEquals(known, made))
          throw new RoarError('already_exists', `there is already a show ${name}`)
        if (known === undefined) {
          const kept = directory.shows().filter((each) => directory.get(each).show.archived === undefined)
          if (kept.length >= SHOWS_MAX)
            throw new RoarError('bad_request', `there are already ${SHOWS_MAX} shows: archive some`)
          const detail = {
            ...settings,
            ...(settings.wordLists && { wordLists: settings.wordLists.map(sizesOf) }),
          }
          const entry = { at: now, who: caller.who, action: 'create-show', poll: '', detail }
          await control.keepShow(made, { replaces: 0, entry })
        } else await control.retellShow(made)
        return { status: 201 as const, headers: { etag: etagOf(made) }, body: withState(made, now) }
      }),
    ),
)

export const getStudioShow = call({
  id: 'getStudioShow',
  method: 'GET',
  path: '/v1/studio/shows/{show}',
  tag: 'Studio',
  summary: 'Get a show with all its settings',
  description: 'The ETag is its version, for `If-Match`.',
  who: 'member',
  answers: AS_IT_IS,
}).handle(({ clock }: StudioContext, { show: { show } }) => reply(show, clock.now()))

export const reply = (show: Show, now: number) =>
  ({ status: 200, headers: { etag: etagOf(show) }, body: withState(show, now) }) as const

/** Makes a change and returns the resulting show. */
async function keep(
  { changeShow, clock }: StudioContext,
  asked: { params: { show: string }; caller: { who: string }; request: Request },
  work: Pick<ShowChange, 'action' | 'detail' | 'act'>,
) {
  const show = await changeShow({
    show: asked.params.show,
    who: asked.caller.who,
    ifMatch: seenIn(asked.request),
    ...work,
  })
  return reply(show, clock.now())
}

export const changeShow = call({
  id: 'changeShow',
  method: 'PATCH',
  path: '/v1/studio/shows/{show}',
  tag: 'Studio',
  summary: 'Change a show',
  description: `Only the given fields change; \`null\` removes an optional setting. ${MATCHES}`,
  who: 'producer',
  body: json(
    v.strictObject({ title: v.exactOptional(SETTING.title), ...SOME_SETTINGS }),
    { title: 'The semi-final', video: null },
    { bytesMax: STUDIO_BODY_BYTES_MAX },
  ),
  answers: AS_IT_IS,
  errors: [...SHOW_ERRORS, 'approval_needed'],
}).handle((context: StudioContext, asked) =>
  keep(context, asked, {
    action: 'change-show',
    detail: asked.body,
    act: async (show, now) =>
      unlessSame(show, change(show, asked.body, { packs: await context.store.packs(), now })),
  }),
)

export const switchesOfShow = call({
  id: 'changeSwitches',
  method: 'PATCH',
  path: '/v1/studio/shows/{show}/switches',
  tag: 'Studio',
  summary: 'Switch posts, the feed, texts or stickers off or on, and reactions to sampling',
  description: `It takes effect everywhere within two seconds. Taps of a sticker that is off are accepted and not counted. ${MATCHES}`,
  who: 'moderator',
  body: json(SomeSwitches, { posts: 'off', stickers: { heart: 'off' } }, { bytesMax: STUDIO_BODY_BYTES_MAX }),
  answers: AS_IT_IS,
  errors: [...SHOW_ERRORS, 'unknown_sticker'],
}).handle((context: StudioContext, asked) =>
  keep(context, asked, {
    action: 'switch',
    detail: asked.body,
    act: (show) => unlessSame(show, switchShow(show, asked.body)),
  }),
)

/** A change without effect makes no version and no audit entry, also where it says what holds by default. */
const unlessSame = (before: Show, after: Show): Show =>
  Bun.deepEquals(inEffect(before), inEffect(after)) ? before : after

const inEffect = ({ rules, switches, ...show }: Show): Show => ({
  ...show,
  rules: { ...DEFAULT_RULES, approvals: 1, ...rules },
  switches: { ...DEFAULT_SWITCHES, ...switches },
  version: 0,
})

/** The steps of a show's life differ only in their effect. */
const step = (action: 'start' | 'end' | 'archive', summary: string, act: ShowChange['act']) =>
  call({
    id: `${action}Show`,
    method: 'POST',
    path: `/v1/studio/shows/{show}/${action}`,
    tag: 'Studio',
    summary,
    description: `Repeating a step returns the same answer. ${MATCHES}`,
    who: 'producer',
    answers: AS_IT_IS,
    errors: [...SHOW_ERRORS],
  }).handle((context: StudioContext, asked) => keep(context, asked, { action: `${action}-show`, act }))

export const SHOW_STEPS = [
  step('start', 'Begin a show now', startShow),
  step('end', 'End a show now: viewers can no longer send anything', endShow),
  step('archive', 'Archive an ended show', archiveShow),
]
