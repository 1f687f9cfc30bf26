import { lazy } from 'react'
import { Redirect } from 'wouter'
import { mayCall } from '../../../engine/people/roles.ts'
import { useShow } from '../api/queries.ts'
import { LiveProvider } from '../live/live-provider.tsx'
import { useSession } from '../session/session.tsx'
import { DeadEnd } from '../ui/dead-end.tsx'
import { Fault } from '../ui/fault.tsx'
import { LateScreen } from '../ui/late-screen.tsx'
import { Loading } from '../ui/loading.tsx'
import { useTitle } from '../ui/title.ts'
import { SCREENS } from './screens.ts'
import { ShowHead } from './show-head.tsx'

const DRAWN = {
  desk: lazy(() => import('../desk/desk-screen.tsx')),
  prepare: lazy(() => import('../prepare/prepare-screen.tsx')),
  moderation: lazy(() => import('../moderation/moderation-screen.tsx')),
  integrity: lazy(() => import('../integrity/integrity-screen.tsx')),
  after: lazy(() => import('../after/after-screen.tsx')),
}

/** One show: the header of all its screens, and the screen in the address. */
export default function ShowScreen({ show: id, screen }: { show: string; screen: string }) {
  const { data: show, error } = useShow(id)
  const { person } = useSession()
  const mine = SCREENS.filter(({ least }) => mayCall(person!.roles, least, id))
  useTitle(show?.title ?? id)
  const known = mine.find(({ path }) => path === screen)
  if (show === undefined)
    return error === null ? (
      <Loading />
    ) : (
      <DeadEnd>
        <Fault cause={error} />
      </DeadEnd>
    )
  if (known === undefined)
    return (
      <Redirect to={`/shows/${id}/${(mine.find(({ path }) => path === 'desk') ?? mine[0])?.path}`} replace />
    )
  const Screen = DRAWN[known.path]
  return (
    <LiveProvider show={id} run={show.run}>
      <ShowHead show={show} screen={known.path} screens={mine} />
      <LateScreen at={known.path}>
        <Screen show={show} />
      </LateScreen>
    </LiveProvider>
  )
}
