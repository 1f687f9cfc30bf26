import { useState } from 'react'
import type { StudioShow } from '../api/queries.ts'
import { Waiting } from '../decisions/waiting.tsx'
import { FeedPanel } from '../moderation/feed-panel.tsx'
import { HeldNotice } from '../moderation/held-notice.tsx'
import { MoodPanel } from '../mood/mood-panel.tsx'
import { Phone } from '../phone/phone.tsx'
import { RehearsalPanel } from '../rehearsal/rehearsal-panel.tsx'
import { Either } from '../ui/either.tsx'
import { LogPanel } from './log-panel.tsx'
import { NowStrip } from './now-strip.tsx'
import { RunPanel } from './run-panel.tsx'

const SIDES = [
  { id: 'feed', title: 'Feed and log' },
  { id: 'phone', title: 'What viewers see' },
] as const
type Side = (typeof SIDES)[number]['id']

/** One screen for the night. */
export default function DeskScreen({ show }: { show: StudioShow }) {
  const [side, setSide] = useState<Side>('feed')
  return (
    <div className="desk">
      <NowStrip show={show} />
      <div className="desk-main">
        {show.rehearsal && <RehearsalPanel show={show} />}
        <MoodPanel show={show} />
        <Waiting show={show.show} />
        <RunPanel show={show.show} />
      </div>
      <div className="desk-side">
        <Either label="Beside the run of show" value={side} options={SIDES} onChange={setSide} />
        {side === 'phone' ? (
          <Phone show={show.show} />
        ) : (
          <>
            <HeldNotice show={show.show} />
            <FeedPanel show={show} />
            <LogPanel show={show.show} />
          </>
        )}
      </div>
    </div>
  )
}
