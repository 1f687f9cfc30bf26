import { useState } from 'react'
import { settingsOf } from '../../../engine/shows/life.ts'
import { call } from '../api/call.ts'
import { KEYS, type StudioShow, useChange, usePacks } from '../api/queries.ts'
import { Button } from '../ui/button.tsx'
import { Outcome } from '../ui/outcome.tsx'
import { Toggle } from '../ui/toggle.tsx'
import { BarEditor } from './bar-editor.tsx'
import { NewPack } from './new-pack.tsx'
import { NewSticker } from './new-sticker.tsx'
import { TakeDown } from './take-down.tsx'

/** Which stickers the show has, and which are in the bar, in which order. A drop saves. */
export function StickersCard({ show }: { show: StudioShow }) {
  const { data: packs = [] } = usePacks()
  const [open, setOpen] = useState<'pack' | 'down' | undefined>()
  const close = () => setOpen(undefined)
  const change = useChange(
    (body: { packs?: string[]; bar?: string[] }) =>
      call<StudioShow>(`v1/studio/shows/${show.show}`, { method: 'PATCH', body }),
    [KEYS.show(show.show)],
  )
  const own = show.packs ?? []
  const bar =
    change.variables?.bar !== undefined && change.isPending ? change.variables.bar : settingsOf(show).bar
  return (
    <section className="card stack" aria-label="Stickers">
      <h2>Stickers</h2>
      <div className="row">
        {packs.map(({ pack, title, stickers }) => (
          <Toggle
            key={pack}
            isOn={own.includes(pack)}
            isDisabled={own.length === 1 && own.includes(pack)}
            onChange={(isOn) =>
              change.mutate({ packs: isOn ? [...own, pack] : own.filter((known) => known !== pack) })
            }
          >
            <bdi>{title}</bdi> <span className="muted figure">{stickers.length}</span>
          </Toggle>
        ))}
        <span className="gap" />
        <Button size="small" onPress={() => setOpen('pack')}>
          New pack
        </Button>
        <Button size="small" onPress={() => setOpen('down')}>
          Take one down
        </Button>
      </div>
      <BarEditor show={show} bar={bar} onChange={(next) => change.mutate({ bar: next })} />
      <NewSticker show={show} packs={packs} />
      <Outcome of={change} />
      {open === 'pack' && <NewPack {...{ show, packs }} onClose={close} />}
      {open === 'down' && (
        <TakeDown show={show.show} packs={packs.filter(({ pack }) => own.includes(pack))} onClose={close} />
      )}
    </section>
  )
}
