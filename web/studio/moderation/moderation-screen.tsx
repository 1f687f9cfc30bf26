import type { StudioShow } from '../api/queries.ts'
import { FeedPanel } from './feed-panel.tsx'
import { HeldPanel } from './held-panel.tsx'
import { MutedPanel } from './muted-panel.tsx'
import { Switches } from './switches.tsx'
import { WordListsPanel } from './word-lists-panel.tsx'

/** For a full-time moderator: held posts, the feed at full height, muted viewers, word lists, and the switches. */
export default function ModerationScreen({ show }: { show: StudioShow }) {
  return (
    <div className="moderation">
      <section className="panel now" aria-label="Switches for posts">
        <Switches show={show} />
      </section>
      <div className="moderation-main">
        <HeldPanel show={show} />
        <FeedPanel show={show} />
      </div>
      <div className="moderation-side">
        <MutedPanel show={show} />
        <WordListsPanel show={show} />
      </div>
    </div>
  )
}
