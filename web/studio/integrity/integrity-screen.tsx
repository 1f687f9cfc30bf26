import { type StudioShow, usePolls } from '../api/queries.ts'
import { Waiting } from '../decisions/waiting.tsx'
import { Fault } from '../ui/fault.tsx'
import { Decision } from './decision.tsx'
import { TwoPeople } from './two-people.tsx'

/** What each result would be with and without the votes that stand apart, and who decides which of the two holds. */
export default function IntegrityScreen({ show }: { show: StudioShow }) {
  const { data, error } = usePolls(show.show)
  const polls = (data ?? []).filter(({ state }) => state !== 'draft')
  return (
    <div className="page integrity">
      <p className="lead">
        Votes that look like one person’s or a machine’s are put in quarantine: many from one place in a few
        seconds, or many that came as no people come. They are kept and proved as all others. Whether they
        count is yours to decide until the seal; the decision stands in the log and in the certificate.
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
