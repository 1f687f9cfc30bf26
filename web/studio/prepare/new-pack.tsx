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

/** Creates a pack and adds it to the show, so that its own stickers are in no other show. */
export function NewPack({
  show: { show, packs: own = [] },
  packs,
  onClose,
}: {
  show: StudioShow
  packs: readonly StickerPack[]
  onClose: () => void
}) {
  const [title, setTitle] = useState('')
  // Chosen once: a retry must name the same pack.
  const make = useChange(
    async (pack: string) => {
      await call('v1/studio/packs', { method: 'POST', body: { pack, title } })
      await call(`v1/studio/shows/${show}`, { method: 'PATCH', body: { packs: [...own, pack] } })
    },
    [KEYS.packs, KEYS.show(show)],
    onClose,
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    make.mutate(freeId(slugOf(title) || 'pack', (id) => packs.some(({ pack }) => pack === id)))
  }
  return (
    <Window title="New pack" isOpen onClose={onClose}>
      <Form className="stack" onSubmit={submit}>
        <Field
          label="Name of the pack"
          value={title}
          onChange={setTitle}
          isRequired
          maxLength={280}
          autoFocus
          help="For the stickers of one show, team or season. Other shows can have it too."
        />
        <FormEnd change={make} label="Make the pack" onCancel={onClose} />
      </Form>
    </Window>
  )
}
