import { useQuery } from '@tanstack/react-query'
import { Button, Dialog, DialogTrigger, Popover } from 'react-aria-components'
import { call } from '../api/call.ts'

interface ShowHealth {
  working: boolean
  parts: { part: string; state: string; words: string; sinceMs?: number }[]
}

/** Whether everything behind the show works, in words; the parts are one press away. */
export function Health({ show }: { show: string }) {
  const { data, failureCount, isError } = useQuery({
    queryKey: ['show', show, 'health'],
    queryFn: ({ signal }) => call<ShowHealth>(`v1/studio/shows/${show}/health`, { signal }),
    refetchInterval: 3_000,
  })
  if (data === undefined) return null
  const [waiting] = data.parts.filter(({ state }) => state !== 'working')
  // An old "well" says nothing while nobody answers.
  const isUnknown = isError || failureCount > 0
  const state = isUnknown ? 'waiting' : waiting === undefined ? 'well' : 'lost'
  return (
    <DialogTrigger>
      <Button className="connection health" data-state={state}>
        <span className="dot" aria-hidden="true" />
        {isUnknown ? 'Health not known' : (waiting?.words ?? 'All parts well')}
      </Button>
      <Popover className="popover">
        <Dialog className="parts" aria-label="Parts">
          <ul>
            {data.parts.map(({ part, state, words }) => (
              <li key={part} className="connection" data-state={state === 'working' ? 'well' : 'lost'}>
                <span className="dot" aria-hidden="true" />
                {words}
              </li>
            ))}
          </ul>
        </Dialog>
      </Popover>
    </DialogTrigger>
  )
}
