import { Link } from 'wouter'
import { stateOf } from '../../../protocol/polls.ts'
import { type StudioPoll, usePolls } from '../api/queries.ts'
import { PollCard } from '../polls/poll-card.tsx'
import { Fault } from '../ui/fault.tsx'
import { useNow } from '../ui/now.ts'

/** The polls of the night: the current ones, the next, the finished. */
export function RunPanel({ show }: { show: string }) {
  const { data, error } = usePolls(show)
  const now = useNow()
  const polls = (data ?? []).toSorted((a, b) => timeOf(a) - timeOf(b))
  return (
    <section className="panel run" aria-label="Run of show">
      <header className="panel-head">
        <h2>Run of show</h2>
        <span className="gap" />
        <Link href={`/shows/${show}/prepare#polls`}>Prepare polls</Link>
      </header>
      <Fault cause={error} />
      {data?.length === 0 && <p className="empty">No polls yet.</p>}
      {GROUPS.map(({ title, states }) => {
        const some = polls.filter((poll) => states.includes(stateOf(poll, now)))
        return some.length === 0 ? null : (
          <div key={title} className="run-group">
            <p className="group">{title}</p>
            {some.map((poll, i) => (
              <PollCard key={poll.poll} poll={poll} isNext={i === 0} />
            ))}
          </div>
        )
      })}
    </section>
  )
}

const GROUPS: { title: string; states: StudioPoll['state'][] }[] = [
  { title: 'Now', states: ['open', 'closed', 'revealed'] },
  { title: 'Next', states: ['draft'] },
  { title: 'Done', states: ['sealed'] },
]

/** Scheduled polls come in their order, the rest after them in order of creation. */
const timeOf = ({ opens }: StudioPoll): number => opens ?? Number.MAX_SAFE_INTEGER
