import { useEffect, useRef } from 'react'
import { Link } from 'wouter'
import { addressOf } from '../api/address.ts'
import type { StudioShow } from '../api/queries.ts'
import { LiveStatus } from '../live/live-status.tsx'
import { OnAir } from '../shows/on-air.tsx'
import { Health } from './health.tsx'
import { Presence } from './presence.tsx'
import type { ScreenPath } from './screens.ts'
import { ShowStep } from './show-step.tsx'

interface ShowHeadProps {
  show: StudioShow
  screen: ScreenPath
  /** The screens that the person may see. */
  screens: readonly { path: ScreenPath; title: string }[]
}

/** Which show this is, its state, its health, and the next step of its life. */
export function ShowHead({ show, screen, screens }: ShowHeadProps) {
  const tabs = useRef<HTMLElement>(null)
  // On a phone there are more of them than fit.
  // biome-ignore lint/correctness/useExhaustiveDependencies: which one is the current one follows from the screen
  useEffect(() => {
    tabs.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' })
  }, [screen])
  return (
    <div className="show-head">
      <div className="show-title">
        <h1 dir="auto">{show.title}</h1>
        {show.rehearsal && <span className="chip">Rehearsal</span>}
        <OnAir show={show} />
        <Health show={show.show} />
        {show.state === 'live' && <LiveStatus />}
        <Presence show={show.show} screen={screen} />
        <span className="gap" />
        {screens.some(({ path }) => path === 'desk') && <ShowStep show={show} />}
      </div>
      <nav className="tabs" aria-label="This show" ref={tabs}>
        {screens.map(({ path, title }) => (
          <Link
            key={path}
            href={`/shows/${show.show}/${path}`}
            aria-current={path === screen ? 'page' : undefined}
            className={path === screen ? 'active' : ''}
          >
            {title}
          </Link>
        ))}
        <span className="gap" />
        <a
          className="viewers-link"
          href={addressOf(`?show=${show.show}`).href}
          target="_blank"
          rel="noreferrer"
        >
          Viewer’s page ↗
        </a>
        <a
          className="viewers-link"
          href={addressOf(`overlay/${show.show}`).href}
          target="_blank"
          rel="noreferrer"
        >
          Overlay ↗
        </a>
      </nav>
    </div>
  )
}
