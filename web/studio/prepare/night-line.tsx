import type { StudioPoll, StudioShow } from '../api/queries.ts'
import { clock } from '../ui/words.ts'

/** The scheduled polls as bars between the show's start and end. Nothing if none has a time. */
export function NightLine({ show, polls }: { show: StudioShow; polls: readonly StudioPoll[] }) {
  const timed = polls.filter(({ opens }) => opens !== undefined)
  const times = [show.starts, show.ends, ...timed.flatMap(({ opens, closes }) => [opens, closes])].filter(
    (at) => at !== undefined,
  )
  if (timed.length === 0 || times.length < 2) return null
  const from = Math.min(...times)
  const span = Math.max(...times) - from || 1
  const percent = (at: number) => `${(100 * (at - from)) / span}%`
  return (
    <figure className="night" aria-label="The polls on a line of time">
      {timed.map(({ poll, question, state, opens, closes }) => (
        <div key={poll} className="night-row">
          <span
            className="night-bar"
            data-state={state}
            style={{ left: percent(opens!), right: `calc(100% - ${percent(closes ?? from + span)})` }}
          />
          <span className="night-name" dir="auto">
            {question}
          </span>
        </div>
      ))}
      <figcaption className="muted figure">
        <span>{clock(from)}</span>
        <span>{clock(from + span)}</span>
      </figcaption>
    </figure>
  )
}
