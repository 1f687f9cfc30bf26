import type { StudioShow } from '../api/queries.ts'
import { useLive } from '../live/live-provider.tsx'
import { Switches } from '../moderation/switches.tsx'
import { number, short } from '../ui/words.ts'

/** What is happening this second, and switches to restrict it. */
export const NowStrip = ({ show }: { show: StudioShow }) => (
  <section className="panel now" aria-label="Now">
    <Figures />
    <Switches show={show} />
  </section>
)

/** By itself: it is rendered again for every packet, and the switches cost far more than the figures. */
function Figures() {
  const { mood, watching, reactionsPerSecond, votesPerSecond, postsPerSecond } = useLive()
  const figures = [
    { title: 'watching, about', value: watching === undefined ? '–' : short(watching) },
    { title: 'reactions a second', value: short(Math.round(reactionsPerSecond)) },
    { title: 'votes a second', value: short(Math.round(votesPerSecond)) },
    { title: 'posts a second', value: short(Math.round(postsPerSecond * 10) / 10) },
    {
      title: mood?.sample === undefined ? 'reactions, exact' : 'reactions, estimated',
      value: number(mood?.total ?? 0),
    },
  ]
  return (
    <dl className="figures">
      {figures.map(({ title, value }) => (
        <div key={title}>
          <dt>{title}</dt>
          <dd className="figure">{value}</dd>
        </div>
      ))}
    </dl>
  )
}
