import { useQuery } from '@tanstack/react-query'
import type { Here } from '../../../protocol/people.ts'
import { call } from '../api/call.ts'
import { SCREENS, type ScreenPath } from './screens.ts'

/** The server believes it for three times as long. A window in the background says nothing, and is not there. */
const SAY_MS = 5_000
const TAB = `t${crypto.getRandomValues(new Uint32Array(2)).join('')}`

/** Who else works on this show now, and at which screen. Nothing where nobody does. */
export function Presence({ show, screen }: { show: string; screen: ScreenPath }) {
  const { data = [] } = useQuery({
    queryKey: ['presence', show, screen],
    queryFn: ({ signal }) =>
      call<Here[]>(`v1/studio/shows/${show}/presence`, { method: 'PUT', body: { screen, tab: TAB }, signal }),
    refetchInterval: SAY_MS,
    retry: false,
  })
  if (data.length === 0) return null
  return (
    <ul className="presence" aria-label="Also here">
      {[...Map.groupBy(data, placeOf)].map(([key, [first, ...more]]) => (
        <li key={key} className="chip">
          <bdi>{first!.name}</bdi>
          {more.length > 0 && ` ×${more.length + 1}`} ·{' '}
          {SCREENS.find(({ path }) => path === first!.screen)?.title ?? first!.screen}
        </li>
      ))}
    </ul>
  )
}

/** Two people may have one name, and one screen. */
const placeOf = ({ name, screen }: Here): string => JSON.stringify([name, screen])
