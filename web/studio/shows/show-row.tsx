import { Link } from 'wouter'
import type { StudioShow } from '../api/queries.ts'
import { Button } from '../ui/button.tsx'
import { useNow } from '../ui/now.ts'
import { moment, relative } from '../ui/words.ts'
import { OnAir } from './on-air.tsx'
import { sidesOf } from './sides.ts'

/** One show of the list. Its name links to the screen with its next task. @param onCopy Absent: for who may not copy it. */
export function ShowRow({ show, onCopy }: { show: StudioShow; onCopy: (() => void) | undefined }) {
  return (
    <li className="show-row">
      <span className="accent-bar" style={{ background: show.accent ?? 'var(--line)' }} aria-hidden="true" />
      <div className="show-name">
        <Link href={`/shows/${show.show}/${screenOf(show)}`} className="show-link">
          <bdi>{show.title}</bdi>
        </Link>
        <span className="muted">{show.rehearsal ? `${show.show} · rehearsal` : show.show}</span>
      </div>
      <span className="show-sides" aria-hidden="true">
        {sidesOf(show).map(({ segment, title, colour }) => (
          <span key={segment} className="side">
            <span className="swatch" style={{ background: colour ?? 'var(--muted)' }} />
            <bdi>{title}</bdi>
          </span>
        ))}
      </span>
      <When show={show} />
      {onCopy !== undefined && (
        <Button size="small" onPress={onCopy} aria-label={`Duplicate ${show.title}`}>
          Duplicate
        </Button>
      )}
    </li>
  )
}

const screenOf = ({ state }: StudioShow): string =>
  state === 'live' ? 'desk' : state === 'ended' ? 'after' : 'prepare'

function When({ show }: { show: StudioShow }) {
  const now = useNow(10_000)
  if (show.state === 'live') return <OnAir show={show} />
  const at = show.state === 'ended' ? (show.ended ?? show.ends) : show.starts
  if (at === undefined)
    return <span className="when muted">{show.state === 'ended' ? 'over' : 'no time yet'}</span>
  return (
    <span className="when">
      {moment(at, now)} <span className="muted">{relative(at, now)}</span>
    </span>
  )
}
