import { type StudioShow, usePolls } from '../api/queries.ts'
import { Waiting } from '../decisions/waiting.tsx'
import { Fault } from '../ui/fault.tsx'
import { Decision } from './decision.tsx'
import { TwoPeople } from './two-people.tsx'

/** Each result with and without its quarantined votes, and the decision which one holds. */
export default function IntegrityScreen({ show }: { show: StudioShow }) {
  const { data, error } = usePolls(show.show)
  const polls = (data ?? []).filter(({ state }) => state !== 'draft')
  return (
    <div className="page integrity">
      <p className="lead">
        Votes that look like those of one person or of a machine are put in quarantine: many from one place
        within seconds, or in a rhythm that people do not have. They are kept and can be proved like all
        others. Until the seal you decide whether they count; the log and the certificate name the decision.
      </p>
      <TwoPeople show={show} />
      <Waiting show={show.show} />
      <Fault cause={error} />
      {data !== undefined && polls.length === 0 && <p className="empty">No poll has been opened yet.</p>}
      {polls.map((poll) => (
        <Decision key={poll.poll} show={show} poll={poll} />
      ))}
    </div>
  )
}
