import { useQuery } from '@tanstack/react-query'
import { useCallback } from 'react'
import type { Highlight } from '../../../engine/highlights.ts'
import { call } from '../api/call.ts'
import { type StudioShow, usePolls } from '../api/queries.ts'
import { serverNow } from '../api/server-time.ts'
import { useMoodHistory } from '../mood/history.ts'
import { type Mark, MoodChart } from '../mood/mood-chart.tsx'
import { marksOf } from '../mood/mood-panel.tsx'
import { clockWithSeconds, counted } from '../ui/words.ts'
import { spanOf } from './span.ts'

/** The whole evening, and the moments at which the crowd grew loud. */
export function Whole({ show }: { show: StudioShow }) {
  const rangeOf = useCallback((now: number) => spanOf(show, now), [show])
  const history = useMoodHistory(show, {
    rangeOf,
    everyMs: show.state === 'live' ? 30_000 : false,
    name: `whole ${show.state}`,
    clock: 'programme',
  })
  // Before the history has loaded, nothing is known, not even that it is empty.
  const isKnown = history.lines.length > 0
  const { data: polls = [] } = usePolls(show.show)
  const { data: highlights = [] } = useHighlights(show)
  const named = (highlight: Highlight): Mark => ({
    at: highlight.at,
    title: emojiOf(show, highlight.sticker),
  })
  return (
    <section className="panel" aria-label="The whole show">
      <header className="panel-head">
        <h2>The whole show</h2>
        <span className="muted">reactions a second, at the moment of the picture that viewers saw</span>
        <span className="gap" />
        {history.lines.map(({ segment, title, colour }) => (
          <span key={segment} className="side">
            <span className="swatch" style={{ background: colour ?? 'var(--text)' }} />
            <bdi>{title}</bdi>
          </span>
        ))}
      </header>
      {isKnown && history.lines.every(({ values }) => values.every((value) => !value)) ? (
        <p className="empty">Nobody has reacted{show.state === 'ended' ? '.' : ' yet.'}</p>
      ) : (
        <MoodChart
          history={history}
          height={260}
          marks={[...polls.flatMap(marksOf), ...loudest(highlights, 12).map(named)]}
          about={`Reactions a second over the whole show, with ${counted(highlights.length, 'loud moment')}`}
        />
      )}
      <h3 className="moments-title">Loudest moments</h3>
      {highlights.length === 0 && <p className="empty">None stood out.</p>}
      <ol className="moments">
        {loudest(highlights, 12).map((highlight) => (
          <li key={highlight.at}>
            <time className="figure">{clockWithSeconds(highlight.at)}</time>{' '}
            {emojiOf(show, highlight.sticker)} <strong className="figure">{highlight.lift}×</strong>{' '}
            <span className="muted">as loud as just before</span>
          </li>
        ))}
      </ol>
    </section>
  )
}

const useHighlights = (show: StudioShow) =>
  useQuery({
    queryKey: ['highlights', show.show, show.state],
    queryFn: async ({ signal }) => {
      const { from, to, stepMs } = spanOf(show, serverNow())
      const query = new URLSearchParams({
        from: String(from),
        to: String(to),
        stepMs: String(stepMs),
        clock: 'programme',
      })
      const { highlights } = await call<{ highlights: Highlight[] }>(
        `v1/shows/${show.show}/timeline?${query}`,
        { signal },
      )
      return highlights
    },
  })

/** The loudest moments, in order of time. */
const loudest = (highlights: readonly Highlight[], count: number): Highlight[] =>
  highlights
    .toSorted((a, b) => b.lift - a.lift)
    .slice(0, count)
    .toSorted((a, b) => a.at - b.at)

const emojiOf = ({ stickers }: StudioShow, sticker: string): string =>
  stickers.find((known) => known.sticker === sticker)?.emoji ?? sticker
