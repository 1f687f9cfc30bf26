import type { StudioShow } from '../api/queries.ts'
import { Switches } from '../desk/switches.tsx'
import { FeedPanel } from './feed-panel.tsx'
import { MutedPanel } from './muted-panel.tsx'

/** For whoever does nothing else tonight: the feed in the whole height, who is muted, and the switches. */
export default function ModerationScreen({ show }: { show: StudioShow }) {
  return (
    <div className="moderation">
      <section className="panel now" aria-label="Switches for posts">
        <Switches show={show} />
      </section>
      <FeedPanel show={show} />
      <MutedPanel show={show} />
    </div>
  )
}
