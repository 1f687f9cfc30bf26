import { useState } from 'react'
import { Input, Label, SearchField } from 'react-aria-components'
import { type StudioShow, useShows } from '../api/queries.ts'
import { useMay } from '../session/session.tsx'
import { Button } from '../ui/button.tsx'
import { Fault } from '../ui/fault.tsx'
import { Loading } from '../ui/loading.tsx'
import { useTitle } from '../ui/title.ts'
import { Toggle } from '../ui/toggle.tsx'
import { inOrder } from './in-order.ts'
import { NewShow } from './new-show.tsx'
import { ShowRow } from './show-row.tsx'

/** All shows: those on air first, then upcoming ones, then past ones. */
export function ShowsScreen() {
  useTitle('Shows')
  const [search, setSearch] = useState('')
  const [archived, setArchived] = useState(false)
  /** What the new show starts from: a show, or nothing. */
  const [making, setMaking] = useState<{ like?: StudioShow } | undefined>()
  const mayMake = useMay('producer')
  const { data, error, isPending } = useShows(archived)
  const shows = (data ?? []).filter((show) => fits(show, search)).toSorted(inOrder)
  return (
    <div className="page shows">
      <div className="page-head">
        <h1>Shows</h1>
        <SearchField className="search" value={search} onChange={setSearch}>
          <Label className="unseen">Search shows</Label>
          <Input placeholder="Search" dir="auto" />
        </SearchField>
        <span className="gap" />
        <Toggle isOn={archived} onChange={setArchived}>
          Archived
        </Toggle>
        {mayMake && (
          <Button look="main" onPress={() => setMaking({})}>
            New show
          </Button>
        )}
      </div>
      <Fault cause={error} />
      {isPending && <Loading />}
      {GROUPS.map(({ title, holds }) => {
        const some = shows.filter((show) => (archived ? title === 'Archived' : holds(show)))
        return some.length === 0 ? null : (
          <section key={title} aria-label={title}>
            <h2 className="group">{title}</h2>
            <ul className="list">
              {some.map((show) => (
                <ShowRow
                  key={show.show}
                  show={show}
                  onCopy={mayMake ? () => setMaking({ like: show }) : undefined}
                />
              ))}
            </ul>
          </section>
        )
      })}
      {data !== undefined && shows.length === 0 && (
        <p className="empty">
          {search === '' ? 'There are none yet.' : `No show has “${search}” in its name.`}
        </p>
      )}
      {making !== undefined && (
        <NewShow {...making} shows={data ?? []} onClose={() => setMaking(undefined)} />
      )}
    </div>
  )
}

const GROUPS: { title: string; holds: (show: StudioShow) => boolean }[] = [
  { title: 'On air', holds: ({ state }) => state === 'live' },
  { title: 'Coming up', holds: ({ state }) => state === 'scheduled' },
  { title: 'Over', holds: ({ state }) => state === 'ended' },
  { title: 'Archived', holds: () => false },
]

const fits = ({ show, title }: StudioShow, search: string): boolean =>
  `${title} ${show}`.toLocaleLowerCase().includes(search.trim().toLocaleLowerCase())
