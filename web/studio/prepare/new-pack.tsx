import { type FormEvent, useState } from 'react'
import { Form } from 'react-aria-components'
import { freeId } from '../../../protocol/ids.ts'
import type { StickerPack } from '../../../protocol/show.ts'
import { call } from '../api/call.ts'
import { KEYS, type StudioShow, useChange } from '../api/queries.ts'
import { Window } from '../ui/dialog.tsx'
import { Field } from '../ui/field.tsx'
import { FormEnd } from '../ui/form-end.tsx'
import { slugOf } from '../ui/slug.ts'
import { changeShow } from './change-show.ts'

/** Creates a pack and adds it to the show, so that its own stickers are in no other show. */
export function NewPack({
  show,
  packs,
  onClose,
}: {
  show: StudioShow
  packs: readonly StickerPack[]
  onClose: () => void
}) {
  const [title, setTitle] = useState('')
  /** The pack, once it exists: if the show refuses it, the next press makes no second one. */
  const [made, setMade] = useState<string | undefined>()
  // Chosen once: a retry must name the same pack.
  const make = useChange(
    async (pack: string) => {
      if (made === undefined) await call('v1/studio/packs', { method: 'POST', body: { pack, title } })
      setMade(pack)
      await changeShow(show, (show) => ({ packs: withPack(show, pack) }))
    },
    [KEYS.packs, KEYS.show(show.show)],
    onClose,
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    make.mutate(made ?? freeId(slugOf(title) || 'pack', (id) => packs.some(({ pack }) => pack === id)))
  }
  return (
    <Window title="New pack" isOpen onClose={onClose}>
      <Form className="stack" onSubmit={submit}>
        <Field
          label="Name of the pack"
          value={title}
          onChange={setTitle}
          isReadOnly={made !== undefined}
          isRequired
          maxLength={280}
          autoFocus
          help={
            made === undefined || make.isPending
              ? 'For the stickers of one show, team or season. Other shows can have it too.'
              : 'The pack is made; this show does not have it yet.'
          }
        />
        <FormEnd
          change={make}
          label={made === undefined || make.isPending ? 'Make the pack' : 'Add it to the show'}
          onCancel={onClose}
        />
      </Form>
    </Window>
  )
}

export const withPack = ({ packs = [] }: StudioShow, pack: string): string[] =>
  packs.includes(pack) ? packs : [...packs, pack]
