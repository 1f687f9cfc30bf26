import type { StudioShow } from '../api/queries.ts'
import { useNow } from '../ui/now.ts'
import { lasting, relative } from '../ui/words.ts'

/** The show's state: on air and since when, upcoming, over. */
export function OnAir({ show }: { show: StudioShow }) {
  const now = useNow()
  const { state, started, starts } = show
  if (state === 'ended') return <span className="chip">Over</span>
  if (state === 'scheduled')
    return (
      <span className="chip">
        {starts === undefined ? 'Not scheduled' : `Begins ${relative(starts, now)}`}
      </span>
    )
  const since = started ?? starts
  return (
    <span className="chip on-air">
      On air {since !== undefined && <time className="figure">{lasting(now - since, { hours: true })}</time>}
    </span>
  )
}
