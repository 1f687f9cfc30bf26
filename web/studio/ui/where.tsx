import { useShows } from '../api/queries.ts'
import { Choose } from './choose.tsx'

const EVERY_SHOW = '*'

/** One show, or all of them. @param show undefined: all. */
export function Where({
  show = EVERY_SHOW,
  onChange,
}: {
  show: string | undefined
  onChange: (show: string | undefined) => void
}) {
  const { data: shows = [] } = useShows()
  return (
    <Choose
      label="Where"
      value={show}
      options={[
        { id: EVERY_SHOW, title: 'Every show' },
        ...shows.map(({ show, title }) => ({ id: show, title })),
      ]}
      onChange={(next) => onChange(next === EVERY_SHOW ? undefined : next)}
    />
  )
}
