import { useQuery } from '@tanstack/react-query'
import type { Here } from '../../../protocol/people.ts'
import { call } from '../api/call.ts'
import { SCREENS, type ScreenPath } from './screens.ts'

/**
 * Reporting interval; the server expires it after three times as long. A window in the background does not report, so it is not
 * present.
 */
const SAY_MS = 5_000
const TAB = `t${crypto.getRandomValues(new Uint32Array(2)).join('')}`

/** Who else works on this show now, and on which screen. Nothing if nobody does. */
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
      {placesOf(data).map(({ key, name, screen: at, times }) => (
        <li key={key} className="chip">
          <bdi>{name}</bdi>
          {times > 1 && ` ×${times}`} · {SCREENS.find(({ path }) => path === at)?.title ?? at}
        </li>
      ))}
    </ul>
  )
}

/** Two people may have the same name and screen. */
function placesOf(here: readonly Here[]): { key: string; name: string; screen: string; times: number }[] {
  const keys = here.map(({ name, screen }) => JSON.stringify([name, screen]))
  return here
    .map(({ name, screen }, i) => ({
      key: keys[i]!,
      name,
      screen,
      times: keys.filter((key) => key === keys[i]).length,
    }))
    .filter(({ key }, i) => keys.indexOf(key) === i)
}
