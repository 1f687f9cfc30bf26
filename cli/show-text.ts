import { DEFAULT_SWITCHES } from '../engine/shows/life.ts'
import type { Show, ShowState, Switches } from '../protocol/show.ts'
import { tableOf } from './table.ts'
import { clock, inTime } from './time-text.ts'

/** A show as the studio's API returns it. */
export type StudioShow = Show & { state: ShowState }

/** Every show, one a line. */
export const showsText = (shows: StudioShow[]): string =>
  tableOf([['show', 'state', 'title'], ...shows.map(({ show, state, title }) => [show, state, title])])

/** One show as text: its contents, and its switches. @param now Milliseconds since 1970. */
export function showText(show: StudioShow, now: number): string {
  const when = whenOf(show, now)
  const rows = [
    ['segments', show.segments.map(({ segment, title }) => `${segment} (${title})`).join(', ')],
    ['packs', (show.packs ?? []).join(', ')],
    ['bar', (show.bar ?? []).join(', ')],
    ['video', show.video?.url ?? ''],
    ['rehearsal', show.rehearsal ? `run ${show.run ?? 1}` : ''],
    ['switched', switchedOf(show.switches)],
  ].filter(([, says]) => says !== '')
  const head = `${show.show}  ${show.state}${when && `, ${when}`}\n${show.title}\n`
  return rows.length === 0 ? head : `${head}\n${tableOf(rows)}`
}

/** What happens to it next, and when. */
function whenOf({ state, starts, ends }: StudioShow, now: number): string {
  if (state === 'scheduled')
    return starts === undefined ? 'until it is started' : `starts ${inTime(starts - now)} (${clock(starts)})`
  if (state === 'live')
    return ends === undefined ? 'until it is ended' : `ends ${inTime(ends - now)} (${clock(ends)})`
  return ''
}

/** The switches that differ from their default. */
const switchedOf = ({ stickers, ...switches }: Switches | undefined = DEFAULT_SWITCHES): string =>
  [...Object.entries(switches), ...Object.entries(stickers)]
    .filter(([, state]) => state !== 'on')
    .map(([name, state]) => `${name} ${state}`)
    .join(', ')
