import { type StudioShow, usePolls } from '../api/queries.ts'
import { useNow } from '../ui/now.ts'
import { checkShow } from './check-show.ts'

/** What would go wrong on the night, found beforehand. */
export function CheckCard({ show }: { show: StudioShow }) {
  const now = useNow(10_000)
  const { data: polls } = usePolls(show.show)
  if (polls === undefined || show.state === 'ended') return null
  const found = checkShow(show, polls, now)
  return (
    <section className="card stack" aria-label="Check">
      <h2>{found.length === 0 ? 'Ready: nothing stands out' : 'Before the show'}</h2>
      {found.length > 0 && (
        <ul className="check">
          {found.map(({ weight, words }) => (
            <li key={words} data-weight={weight}>
              <span aria-hidden="true">{weight === 'wrong' ? '✕' : '•'}</span>
              <span dir="auto">{words}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
