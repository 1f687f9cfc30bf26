import { useState } from 'react'
import { settingsOf } from '../../../engine/shows/life.ts'
import { KEYS, type StudioShow, useChange, usePacks } from '../api/queries.ts'
import { useMay } from '../session/session.tsx'
import { Button } from '../ui/button.tsx'
import { Outcome } from '../ui/outcome.tsx'
import { Toggle } from '../ui/toggle.tsx'
import { BarEditor } from './bar-editor.tsx'
import { changeShow } from './change-show.ts'
import type { Edits } from './clashes.ts'
import { NewPack, withPack } from './new-pack.tsx'
import { NewSticker } from './new-sticker.tsx'
import { TakeDown } from './take-down.tsx'

/** Which stickers the show has, and which are in the bar, in which order. A drop saves. */
export function StickersCard({ show }: { show: StudioShow }) {
  const { data: packs = [] } = usePacks()
  // What is in a pack is in every show that has it.
  const mayRestock = useMay('producer')
  const [open, setOpen] = useState<'pack' | 'down' | undefined>()
  const close = () => setOpen(undefined)
  const change = useChange(
    (edit: (show: StudioShow) => Edits) => changeShow(show, edit),
    [KEYS.show(show.show)],
  )
  const own = show.packs ?? []
  // A dropped sticker stays where it was dropped while that is being saved.
  const shown = change.isPending ? { ...show, ...change.variables(show) } : show
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
              change.mutate((show) => ({ packs: isOn ? withPack(show, pack) : withoutPack(show, pack) }))
            }
          >
            <bdi>{title}</bdi> <span className="muted figure">{stickers.length}</span>
          </Toggle>
        ))}
        <span className="gap" />
        {mayRestock && (
          <div className="row">
            <Button size="small" onPress={() => setOpen('pack')}>
              New pack
            </Button>
            <Button size="small" onPress={() => setOpen('down')}>
              Take one down
            </Button>
          </div>
        )}
      </div>
      <BarEditor
        show={show}
        bar={settingsOf(shown).bar}
        onChange={(edit) => change.mutate((show) => ({ bar: edit(settingsOf(show).bar) }))}
      />
      {mayRestock ? (
        <NewSticker show={show} packs={packs} />
      ) : (
        <p className="muted">
          Packs are shared by shows: only a producer of all shows changes what is in them.
        </p>
      )}
      <Outcome of={change} />
      {open === 'pack' && <NewPack {...{ show, packs }} onClose={close} />}
      {open === 'down' && (
        <TakeDown show={show.show} packs={packs.filter(({ pack }) => own.includes(pack))} onClose={close} />
      )}
    </section>
  )
}

const withoutPack = ({ packs = [] }: StudioShow, pack: string): string[] =>
  packs.filter((known) => known !== pack)
