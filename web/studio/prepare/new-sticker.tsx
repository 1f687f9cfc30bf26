import { type FormEvent, useState } from 'react'
import { Form } from 'react-aria-components'
import type { StickerPack } from '../../../protocol/show.ts'
import { call } from '../api/call.ts'
import { useChange } from '../api/queries.ts'
import { Button } from '../ui/button.tsx'
import { Choose } from '../ui/choose.tsx'
import { Fault } from '../ui/fault.tsx'
import { Field } from '../ui/field.tsx'
import { slugOf } from '../ui/slug.ts'

/** Puts a sticker into a pack: every show of the pack has it. */
export function NewSticker({ packs }: { packs: readonly StickerPack[] }) {
  const [title, setTitle] = useState('')
  const [emoji, setEmoji] = useState('')
  const [pack = packs[0]?.pack, setPack] = useState<string | undefined>()
  const put = useChange(
    () =>
      call(`v1/studio/packs/${pack}/stickers/${slugOf(title)}`, { method: 'PUT', body: { title, emoji } }),
    [],
    () => {
      setTitle('')
      setEmoji('')
    },
  )
  if (pack === undefined) return null
  const submit = (event: FormEvent) => {
    event.preventDefault()
    put.mutate(undefined)
  }
  return (
    <Form className="new-sticker" onSubmit={submit}>
      <Field label="New sticker" value={title} onChange={setTitle} isRequired pattern=".*[A-Za-z0-9].*" />
      <Field label="Emoji" value={emoji} onChange={setEmoji} isRequired />
      <Choose
        label="Pack"
        value={pack}
        options={packs.map(({ pack, title }) => ({ id: pack, title }))}
        onChange={setPack}
      />
      <Button type="submit" isPending={put.isPending}>
        Add
      </Button>
      <Fault cause={put.error} />
    </Form>
  )
}
