import type { StudioShow } from '../api/queries.ts'
import { Phone } from '../phone/phone.tsx'
import { CheckCard } from './check-card.tsx'
import { PollsCard } from './polls-card.tsx'
import { ShowCard } from './show-card.tsx'
import { SidesCard } from './sides-card.tsx'
import { StickersCard } from './stickers-card.tsx'

/** Everything decided before the night, with a preview of what viewers will see. */
export default function PrepareScreen({ show }: { show: StudioShow }) {
  return (
    <div className="prepare">
      <div className="prepare-main">
        <CheckCard show={show} />
        <ShowCard show={show} />
        <SidesCard show={show} />
        <StickersCard show={show} />
        <PollsCard show={show} />
      </div>
      <aside className="prepare-side" aria-label="Preview">
        <Phone show={show.show} />
      </aside>
    </div>
  )
}
