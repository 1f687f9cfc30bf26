import { muteOf } from '../../../engine/shows/moderation.ts'
import type { Mute } from '../../../protocol/show.ts'
import { call } from '../api/call.ts'
import { KEYS, type StudioShow, useChange } from '../api/queries.ts'
import { useLivePart } from '../live/live-provider.tsx'
import { Button } from '../ui/button.tsx'
import { useNow } from '../ui/now.ts'
import { Outcome } from '../ui/outcome.tsx'
import { relative } from '../ui/words.ts'

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
  const unmute = useChange(
    () => call(`v1/studio/shows/${show}/viewers/${viewer}/mute`, { method: 'DELETE' }),
    [KEYS.show(show)],
  )
  return (
    <li>
      <bdi>{name ?? viewer.slice(0, 8)}</bdi>
      <span className="muted">{until === undefined ? 'for the show' : `ends ${relative(until, now)}`}</span>
      <Button size="small" isPending={unmute.isPending} onPress={() => unmute.mutate(undefined)}>
        Unmute
      </Button>
      <Outcome of={unmute} />
    </li>
  )
}
