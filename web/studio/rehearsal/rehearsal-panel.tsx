import { useState } from 'react'
import { call, SLOW_MS } from '../api/call.ts'
import { KEYS, type StudioShow, useChange, useShows } from '../api/queries.ts'
import { Button } from '../ui/button.tsx'
import { Choose } from '../ui/choose.tsx'
import { Confirm } from '../ui/confirm.tsx'
import { Fault } from '../ui/fault.tsx'
import { Outcome } from '../ui/outcome.tsx'
import { Progress } from './progress.tsx'
import { type Rehearsal, useRehearsal } from './rehearsal-query.ts'

const SPEEDS = ['1', '2', '5', '10', '20'].map((id) => ({ id, title: `${id}×` }))
/** Show ids contain no dot, so this cannot be one. */
const SCRIPT = '.script'

/** Plays the example or another show into this rehearsal, shows its progress, and wipes what it left. */
export function RehearsalPanel({ show }: { show: StudioShow }) {
  const { data, error } = useRehearsal(show.show)
  const newest = data?.newest
  const { data: shows = [] } = useShows()
  const [from, setFrom] = useState(SCRIPT)
  const [speed, setSpeed] = useState('5')
  const path = `v1/studio/shows/${show.show}`
  const touches = [KEYS.show(show.show)]
  const begin = useChange(
    () =>
      call<Rehearsal>(`${path}/rehearsal`, {
        method: 'POST',
        body: { speed: Number(speed), ...(from !== SCRIPT && { from }) },
        timeoutMs: SLOW_MS,
      }),
    touches,
  )
  const stop = useChange(
    () => call<Rehearsal>(`${path}/rehearsal/stop`, { method: 'POST', timeoutMs: SLOW_MS }),
    touches,
  )
  const wipe = useChange(
    () => call<StudioShow>(`${path}/wipe`, { method: 'POST', timeoutMs: SLOW_MS }),
    touches,
  )
  const isRunning = newest?.state === 'running'
  const sources = [
    { id: SCRIPT, title: 'A final in half a minute' },
    ...shows
      .filter((each) => each.show !== show.show && each.state !== 'scheduled')
      .map((each) => ({ id: each.show, title: each.title })),
  ]
  return (
    <section className="panel rehearsal" aria-label="Rehearsal">
      <header className="panel-head">
        <h2>Rehearsal</h2>
        <span className="gap" />
        <span className="muted">Run {show.run ?? 1}</span>
      </header>
      <div className="rehearsal-body">
        {show.state === 'ended' && !isRunning ? (
          <p className="muted">It is over. Wipe it, and it can be played again.</p>
        ) : (
          <div className="row">
            <Choose label="Play" value={from} options={sources} onChange={setFrom} isDisabled={isRunning} />
            <Choose label="Speed" value={speed} options={SPEEDS} onChange={setSpeed} isDisabled={isRunning} />
            {isRunning ? (
              <Button size="large" isPending={stop.isPending} onPress={() => stop.mutate(undefined)}>
                {stop.isPending ? 'Stopping…' : 'Stop'}
              </Button>
            ) : (
              <Button
                look="main"
                size="large"
                isPending={begin.isPending}
                onPress={() => begin.mutate(undefined)}
              >
                Run the rehearsal
              </Button>
            )}
          </div>
        )}
        <Outcome of={begin} />
        <Outcome of={stop} />
        <Fault cause={error} />
        {newest && <Progress of={newest} />}
        <Confirm
          label="Wipe this rehearsal"
          consequence="All that viewers did in it goes: reactions, posts, votes and certificates, for good. The show and its polls are as before the first viewer. No other show is touched."
          isPending={wipe.isPending}
          onConfirm={() => wipe.mutate(undefined)}
        />
        <Outcome of={wipe} />
      </div>
    </section>
  )
}
