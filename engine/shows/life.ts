import { RoarError } from '../../protocol/errors.ts'
import { BAR_MAX, SIDES_MAX, STICKERS_MAX } from '../../protocol/limits.ts'
import {
  type Show,
  type ShowRules,
  type ShowSettings,
  type Sticker,
  type StickerPack,
  type Switches,
  showStateOf,
  type WordList,
} from '../../protocol/show.ts'
import { withChanges } from '../with-changes.ts'
import { changeWordList, tidyWordList } from './word-lists.ts'

/** The rules of a show that sets none. */
export const DEFAULT_RULES: ShowRules = {
  guests: true,
  posts: true,
  text: false,
  rooms: true,
  postEveryMs: 0,
}
export const DEFAULT_SWITCHES: Switches = {
  posts: 'on',
  feed: 'on',
  text: 'on',
  reactions: 'on',
  stickers: {},
}
/** The pack that exists from the first start. */
export const FIRST_PACK = 'classic'

/** A change of the settings. `null` removes an optional one. */
export type ShowChanges = Partial<Omit<ShowSettings, 'rules' | Erasable>> & {
  [Name in Erasable]?: ShowSettings[Name] | null
} & { rules?: Partial<ShowRules> }
type Erasable = 'accent' | 'starts' | 'ends' | 'video'

/** A change of the switches; `on` removes a sticker from the list of those that are off. */
export type SwitchChanges = Partial<Omit<Switches, 'stickers'>> & { stickers?: Record<string, 'on' | 'off'> }

/**
 * Creates a show, which begins at its time or when a producer starts it.
 * @throws RoarError bad_request
 */
export function createShow(
  show: string,
  {
    rehearsal = false,
    wordLists = [],
    ...settings
  }: ShowChanges & { title: string; rehearsal?: boolean; wordLists?: readonly WordList[] },
  { packs, now }: { packs: readonly StickerPack[]; now: number },
): Show {
  const blank: Show = {
    ...{ show, title: '', segments: [], stickers: [], created: now, version: 0 },
    ...(rehearsal && { rehearsal }),
  }
  const listed = wordLists.map(tidyWordList).reduce(changeWordList, blank)
  return changeShow({ ...listed, version: 0 }, { packs: [FIRST_PACK], ...settings }, { packs, now })
}

/** An archived show does not change, except that posts can still be removed. @throws RoarError wrong_state */
export function refuseArchived({ archived }: Show): void {
  if (archived !== undefined) throw new RoarError('wrong_state', 'an archived show cannot be changed')
}

/** @throws RoarError wrong_state once the show has ended: nobody could answer */
export function refusePollOf(show: Show, now: number): void {
  if (showStateOf(show, now) === 'ended')
    throw new RoarError('wrong_state', 'the show has ended: nobody can vote in it')
}

/** @param options.packs All packs of the installation. @throws RoarError wrong_state for an archived show, bad_request */
export function changeShow(
  show: Show,
  { rules, ...changes }: ShowChanges,
  { packs, now }: { packs: readonly StickerPack[]; now: number },
): Show {
  refuseArchived(show)
  const changed = withChanges(show, changes)
  if (rules !== undefined) changed.rules = { ...DEFAULT_RULES, ...show.rules, ...rules }
  const stocked = changes.packs === undefined ? changed : withPacks(changed, packs)
  // Settings that name stickers or segments that no longer exist are not kept by accident.
  if (changes.bar === undefined && stocked.bar !== undefined)
    stocked.bar = stocked.bar.filter((id) => has(stocked.stickers, 'sticker', id))
  if (changes.sides === undefined && stocked.sides !== undefined)
    stocked.sides = stocked.sides.filter((id) => has(stocked.segments, 'segment', id))
  // An end in the past would silence everybody by a change of the schedule: a mistake, such as the wrong day. Ending a show has a
  // call of its own.
  const isPast = typeof changes.ends === 'number' && changes.ends !== show.ends && changes.ends <= now
  if (isPast && showStateOf(show, now) !== 'ended') throw new RoarError('bad_request', 'ends: is in the past')
  check(stocked)
  return { ...stocked, version: show.version + 1 }
}

/** Starts the show now. One that is live already stays as it is. @throws RoarError wrong_state once it has ended */
export function startShow(show: Show, now: number): Show {
  const state = showStateOf(show, now)
  if (state === 'live') return show
  if (state === 'ended') throw new RoarError('wrong_state', 'a show that has ended cannot be started')
  return { ...show, started: now, version: show.version + 1 }
}

/** Ends the show now, even before it began. One that has ended stays as it is. */
export function endShow(show: Show, now: number): Show {
  return showStateOf(show, now) === 'ended' ? show : { ...show, ended: now, version: show.version + 1 }
}

/** What a show did by its times alone. */
export interface ShowStep {
  action: 'start-show' | 'end-show'
  at: number
}

/** The steps that a show took by its times after `from` and until `to`, and no producer took before. */
export function stepsBetween(
  { created, starts, ends, started, ended }: Pick<Show, 'created' | 'starts' | 'ends' | 'started' | 'ended'>,
  from: number,
  to: number,
): ShowStep[] {
  const isNow = (time: number | undefined): time is number => time !== undefined && time > from && time <= to
  const wasBefore = (time: number, by: number | undefined) => by !== undefined && by <= time
  const steps: ShowStep[] = []
  // One that was live from the moment it was made did nothing by itself.
  const isScheduled = created !== undefined && isNow(starts) && starts > created
  if (isScheduled && !wasBefore(starts, started) && !wasBefore(starts, ended))
    steps.push({ action: 'start-show', at: starts })
  if (isNow(ends) && ended === undefined) steps.push({ action: 'end-show', at: ends })
  return steps
}

/** Archives an ended show: only the archive lists it. @throws RoarError wrong_state before its end */
export function archiveShow(show: Show, now: number): Show {
  if (show.archived !== undefined) return show
  if (showStateOf(show, now) !== 'ended') throw new RoarError('wrong_state', 'the show has not ended')
  return { ...show, archived: now, version: show.version + 1 }
}

/** @throws RoarError unknown_sticker for a sticker that the show does not have, wrong_state for an archived show */
export function switchShow(show: Show, { stickers = {}, ...changes }: SwitchChanges): Show {
  refuseArchived(show)
  const before = show.switches ?? DEFAULT_SWITCHES
  const off = { ...before.stickers }
  for (const [sticker, to] of Object.entries(stickers)) {
    if (!has(show.stickers, 'sticker', sticker))
      throw new RoarError('unknown_sticker', `the show has no sticker ${JSON.stringify(sticker)}`)
    if (to === 'off') off[sticker] = 'off'
    else delete off[sticker]
  }
  return { ...show, switches: { ...before, ...changes, stickers: off }, version: show.version + 1 }
}

/**
 * The show with the current stickers of its packs, each once, in the order of the packs. Removed ones are remembered, so that a
 * tap of one does not refuse a whole burst.
 * @throws RoarError bad_request for a pack that does not exist, and for more stickers than a show may have
 */
export function withPacks(show: Show, packs: readonly StickerPack[]): Show {
  const stickers = new Map<string, Sticker>()
  for (const id of show.packs ?? []) {
    const pack = packs.find((known) => known.pack === id)
    if (pack === undefined)
      throw new RoarError('bad_request', `packs: there is no pack ${JSON.stringify(id)}`)
    for (const sticker of pack.stickers)
      if (!stickers.has(sticker.sticker)) stickers.set(sticker.sticker, { category: pack.title, ...sticker })
  }
  if (stickers.size > STICKERS_MAX)
    throw new RoarError('bad_request', `packs: more than ${STICKERS_MAX} stickers in total`)
  const there = idsOf([...stickers.values()])
  const gone = [...idsOf(show.stickers)].filter((id) => !there.has(id))
  const removed = [
    ...(show.removed ?? []).filter((id) => !there.has(id) && !gone.includes(id)),
    ...gone,
  ].slice(-STICKERS_MAX)
  const { switches } = show
  return {
    ...show,
    stickers: [...stickers.values()],
    ...(removed.length > 0 && { removed }),
    ...(switches && {
      switches: { ...switches, stickers: offOf(switches, [...stickers.keys(), ...removed]) },
    }),
  }
}

/** The stickers that are off, among the known ones: one that returns is still off, and a forgotten one takes no room. */
function offOf({ stickers }: Switches, known: readonly string[]): Switches['stickers'] {
  const ids = new Set(known)
  return Object.fromEntries(Object.entries(stickers).filter(([id]) => ids.has(id)))
}

/** Every id by which stickers are tapped. */
const idsOf = (stickers: readonly Sticker[]): Set<string> =>
  new Set(stickers.flatMap(({ sticker, aliases = [] }) => [sticker, ...aliases]))

/** Every setting of a show, with defaults filled in. */
export const settingsOf = (
  show: Show,
): Required<Pick<ShowSettings, 'language' | 'sides' | 'packs' | 'bar' | 'rules'>> => ({
  language: show.language ?? 'en',
  sides: show.sides ?? show.segments.slice(0, 2).map(({ segment }) => segment),
  packs: show.packs ?? [],
  bar: show.bar ?? show.stickers.slice(0, BAR_MAX).map(({ sticker }) => sticker),
  rules: show.rules ?? DEFAULT_RULES,
})

function check(show: Show): void {
  const { starts, ends, bar = [], sides = [], packs = [], stickers, segments } = show
  const bad = (detail: string) => new RoarError('bad_request', detail)
  if (starts !== undefined && ends !== undefined && ends <= starts) throw bad('ends: is not after starts')
  for (const id of bar)
    if (!has(stickers, 'sticker', id)) throw bad(`bar: the show has no sticker ${JSON.stringify(id)}`)
  for (const id of sides)
    if (!has(segments, 'segment', id)) throw bad(`sides: the show has no segment ${JSON.stringify(id)}`)
  if (bar.length > BAR_MAX) throw bad(`bar: has more than ${BAR_MAX} entries`)
  if (sides.length > SIDES_MAX) throw bad(`sides: has more than ${SIDES_MAX} entries`)
  for (const [name, ids] of Object.entries({
    bar,
    sides,
    packs,
    segments: segments.map(({ segment }) => segment),
  }))
    if (new Set(ids).size < ids.length) throw bad(`${name}: has an entry twice`)
}

const has = <Name extends string>(
  entries: readonly Record<Name, string>[],
  name: Name,
  id: string,
): boolean => entries.some((entry) => entry[name] === id)
