import { muteOf } from '../../../engine/shows/moderation.ts'
import type { Mute } from '../../../protocol/show.ts'
import type { StudioShow } from '../api/queries.ts'
import { useLivePart } from '../live/live-provider.tsx'
import { useNow } from '../ui/now.ts'
import { relative } from '../ui/words.ts'
import { MuteButton } from './mute-button.tsx'

/** Who may not post, and until when. */
export function MutedPanel({ show }: { show: StudioShow }) {
  const now = useNow()
  const muted = (show.muted ?? []).filter(({ viewer }) => muteOf(show, viewer, now) !== undefined)
  return (
    <section className="panel" aria-label="Muted">
      <header className="panel-head">
        <h2>Muted</h2>
        <span className="muted figure">{muted.length}</span>
      </header>
      {muted.length === 0 && <p className="empty">Nobody is muted.</p>}
      <ul className="log-list">
        {muted.map((mute) => (
          <MutedRow key={mute.viewer} mute={mute} show={show.show} now={now} />
        ))}
      </ul>
    </section>
  )
}

function MutedRow({ mute: { viewer, until }, show, now }: { mute: Mute; show: string; now: number }) {
  const name = useLivePart(({ posts }) => posts.find((post) => post.viewer === viewer)?.name)
  const shown = name ?? viewer.slice(0, 8)
  return (
    <li>
      <bdi>{shown}</bdi>
      <span className="muted">{until === undefined ? 'for the show' : `ends ${relative(until, now)}`}</span>
      <MuteButton show={show} viewer={viewer} name={shown} isMuted />
    </li>
  )
}
