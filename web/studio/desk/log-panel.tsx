import type { TrailEntry } from '../../../protocol/trail.ts'
import { call } from '../api/call.ts'
import { KEYS, useChange, useTrail } from '../api/queries.ts'
import { Button } from '../ui/button.tsx'
import { Fault } from '../ui/fault.tsx'
import { Outcome } from '../ui/outcome.tsx'
import { clock, whoWords } from '../ui/words.ts'
import { trailWords } from './trail-words.ts'

/** Who did what, newest first, with undo for what can be undone. */
export function LogPanel({ show }: { show: string }) {
  const { data, error } = useTrail(show, 50)
  return (
    <section className="panel log" aria-label="Log">
      <header className="panel-head">
        <h2>Log</h2>
      </header>
      <Fault cause={error} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and nothing in it may take the focus: the keyboard scrolls it here */}
      <ol className="log-list" tabIndex={0}>
        {data?.map((entry) => (
          <li key={entry.entry}>
            <time className="muted figure">{clock(entry.at)}</time>
            <span>
              <bdi>{whoWords(entry.who)}</bdi> {trailWords(entry)}
            </span>
            <Undo show={show} entry={entry} since={data.filter(({ entry: other }) => other > entry.entry)} />
          </li>
        ))}
      </ol>
    </section>
  )
}

interface TakeBack {
  /** The trail action that undoes it. */
  by: string
  method: 'POST' | 'DELETE'
  path: string
}

function takeBackOf({ action, detail }: TrailEntry): TakeBack | undefined {
  if (action === 'remove-post')
    return { by: 'release-post', method: 'POST', path: `posts/${String(detail)}/release` }
  if (action !== 'mute-viewer') return undefined
  const { viewer } = detail as { viewer: string }
  return { by: 'unmute-viewer', method: 'DELETE', path: `viewers/${viewer}/mute` }
}

function Undo({ show, entry, since }: { show: string; entry: TrailEntry; since: readonly TrailEntry[] }) {
  const undo = useChange(
    ({ method, path }: TakeBack) => call(`v1/studio/shows/${show}/${path}`, { method }),
    [KEYS.show(show)],
  )
  const takeBack = takeBackOf(entry)
  if (takeBack === undefined) return null
  const isBack = since.some(
    ({ action, detail }) => action === takeBack.by && sameOf(detail) === sameOf(entry.detail),
  )
  return isBack ? null : (
    <>
      <Button
        size="small"
        look="bare"
        aria-label={`Undo: ${trailWords(entry)}`}
        isPending={undo.isPending}
        onPress={() => undo.mutate(takeBack)}
      >
        Undo
      </Button>
      <Outcome of={undo} />
    </>
  )
}

/** The post or viewer that an entry is about. */
const sameOf = (detail: unknown): unknown =>
  typeof detail === 'object' && detail !== null ? (detail as { viewer?: string }).viewer : detail
