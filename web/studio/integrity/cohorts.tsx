import { useQuery } from '@tanstack/react-query'
import { PLACE_WORDS, type Suspect, suspectWords } from '../../../protocol/cohorts.ts'
import { call } from '../api/call.ts'
import { KEYS, type StudioPoll } from '../api/queries.ts'
import { Fault } from '../ui/fault.tsx'
import { counted, number } from '../ui/words.ts'

/** Refresh interval while a poll is open: nobody decides by the second. */
const REFRESH_MS = 5_000

/** Where a poll's quarantined votes came from, and why. Hidden if there are none. */
export function Cohorts({ poll: { show, poll, state } }: { poll: StudioPoll }) {
  const { data, error } = useQuery({
    queryKey: [...KEYS.polls(show), poll, 'cohorts'],
    queryFn: ({ signal }) => call<Suspect[]>(`v1/studio/shows/${show}/polls/${poll}/cohorts`, { signal }),
    refetchInterval: state === 'open' ? REFRESH_MS : false,
  })
  if (error !== null) return <Fault cause={error} />
  if (data === undefined || data.length === 0) return null
  return (
    <section className="cohorts" aria-label="Where the votes in quarantine came from">
      <h3>Where they came from</h3>
      <ol>
        {data.map((cohort) => (
          <li key={cohort.cohort}>
            <p>
              <code>{cohort.cohort}</code> <span className="muted">{PLACE_WORDS[cohort.kind]}</span>{' '}
              <span className="figure">
                {number(cohort.quarantined)} of {counted(cohort.ballots, 'vote')} in quarantine
              </span>
            </p>
            <ul className="signs">
              {suspectWords(cohort).map((words) => (
                <li key={words}>{words}</li>
              ))}
            </ul>
          </li>
        ))}
      </ol>
      <p className="muted">
        The name of a place is a code that says nothing of its address, and is another one in each poll. The
        strongest sign stands first; none is enough alone.
      </p>
    </section>
  )
}
