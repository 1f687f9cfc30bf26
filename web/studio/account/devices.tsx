import { useQuery } from '@tanstack/react-query'
import type { SessionView } from '../../../protocol/people.ts'
import { call } from '../api/call.ts'
import { useChange } from '../api/queries.ts'
import { Button } from '../ui/button.tsx'
import { Fault } from '../ui/fault.tsx'
import { useNow } from '../ui/now.ts'
import { Outcome } from '../ui/outcome.tsx'
import { relative } from '../ui/words.ts'
import { deviceWords } from './device-words.ts'

/** Where one is signed in, with buttons to end that. @param own This browser's session. */
export function Devices({ own }: { own: string | undefined }) {
  const now = useNow(60_000)
  const { data, error } = useQuery({
    queryKey: ['sessions'],
    queryFn: ({ signal }) => call<SessionView[]>('v1/studio/sessions', { signal }),
  })
  const end = useChange(
    (session: string) => call(`v1/studio/sessions/${session}`, { method: 'DELETE' }),
    [['sessions']],
  )
  return (
    <section className="stack" aria-label="Devices">
      <h2>Where you are signed in</h2>
      <Fault cause={error} />
      <Outcome of={end} />
      <ul className="list">
        {data?.map(({ session, agent, used }) => (
          <li key={session} className="device-row">
            <span title={agent}>{deviceWords(agent)}</span>
            <span className="muted">{session === own ? 'here, now' : relative(used, now)}</span>
            {session !== own && (
              <Button size="small" isPending={end.isPending} onPress={() => end.mutate(session)}>
                Sign out
              </Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}
