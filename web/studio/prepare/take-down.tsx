import { useState } from 'react'
import type { Sticker, StickerPack } from '../../../protocol/show.ts'
import { call } from '../api/call.ts'
import { KEYS, useChange } from '../api/queries.ts'
import { Button } from '../ui/button.tsx'
import { Confirm } from '../ui/confirm.tsx'
import { Window } from '../ui/dialog.tsx'
import { Field } from '../ui/field.tsx'
import { Outcome } from '../ui/outcome.tsx'
import { StickerPicture } from '../ui/sticker-picture.tsx'

/** Takes stickers out of their packs, and with that out of every show. */
export function TakeDown({
  show,
  packs,
  onClose,
}: {
  show: string
  packs: readonly StickerPack[]
  onClose: () => void
}) {
  const [sought, setSought] = useState('')
  const found = packs.flatMap((pack) =>
    pack.stickers
      .filter(({ title, sticker }) =>
        `${title} ${sticker}`.toLowerCase().includes(sought.toLowerCase().trim()),
      )
      .map((sticker) => ({ pack, sticker })),
  )
  return (
    <Window title="Take a sticker down" isOpen onClose={onClose}>
      <Field label="Search" value={sought} onChange={setSought} autoFocus />
      {found.length === 0 && <p className="empty">No sticker of this show’s packs has that name.</p>}
      <ul className="take-down" aria-label="Stickers of this show’s packs">
        {found.map(({ pack, sticker }) => (
          <Row key={`${pack.pack}/${sticker.sticker}`} {...{ show, pack, sticker }} />
        ))}
      </ul>
      <div className="row end">
        <Button onPress={onClose}>Done</Button>
      </div>
    </Window>
  )
}

function Row({ show, pack, sticker }: { show: string; pack: StickerPack; sticker: Sticker }) {
  const remove = useChange(
    () => call(`v1/studio/packs/${pack.pack}/stickers/${sticker.sticker}`, { method: 'DELETE' }),
    [KEYS.packs, KEYS.show(show)],
  )
  return (
    <li aria-label={sticker.title}>
      <span className="take-down-picture" aria-hidden="true">
        <StickerPicture sticker={sticker} />
      </span>
      <span className="take-down-name">
        <bdi>{sticker.title}</bdi>{' '}
        <span className="muted">
          <bdi>{pack.title}</bdi>
        </span>
      </span>
      <Confirm
        size="small"
        label="Take down"
        consequence="It leaves every show that has its pack, and every screen, within two seconds. Its taps stay counted."
        isPending={remove.isPending}
        onConfirm={() => remove.mutate(undefined)}
      />
      <Outcome of={remove} />
    </li>
  )
}
