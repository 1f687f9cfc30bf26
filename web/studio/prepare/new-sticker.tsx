import { type FormEvent, useState } from 'react'
import { FileTrigger, Form } from 'react-aria-components'
import type { StickerPack } from '../../../protocol/show.ts'
import { call, SLOW_MS } from '../api/call.ts'
import { KEYS, useChange } from '../api/queries.ts'
import { Button } from '../ui/button.tsx'
import { Choose } from '../ui/choose.tsx'
import { Field } from '../ui/field.tsx'
import { Outcome } from '../ui/outcome.tsx'
import { slugOf } from '../ui/slug.ts'

const PICTURES = ['image/png', 'image/webp', 'image/avif', 'image/gif', 'image/svg+xml', '.json', '.lottie']

type Drawn = { title: string; emoji: string } | { title: string; picture: File }

/** Puts a sticker into a pack, by an emoji or by a picture: every show of the pack has it. */
export function NewSticker({ show, packs }: { show: string; packs: readonly StickerPack[] }) {
  const [title, setTitle] = useState('')
  const [emoji, setEmoji] = useState('')
  const [pack = packs[0]?.pack, setPack] = useState<string | undefined>()
  const put = useChange(
    (drawn: Drawn) => send(pack!, drawn),
    [KEYS.packs, KEYS.show(show)],
    () => {
      setTitle('')
      setEmoji('')
    },
  )
  if (pack === undefined) return null
  const submit = (event: FormEvent) => {
    event.preventDefault()
    put.mutate({ title, emoji })
  }
  return (
    <Form className="new-sticker" onSubmit={submit}>
      <Field label="New sticker" value={title} onChange={setTitle} isRequired maxLength={280} />
      <Choose
        label="Pack"
        value={pack}
        options={packs.map(({ pack, title }) => ({ id: pack, title }))}
        onChange={setPack}
      />
      <Field label="Emoji" value={emoji} onChange={setEmoji} isRequired />
      <Button type="submit" isPending={put.isPending}>
        Add
      </Button>
      <FileTrigger
        acceptedFileTypes={PICTURES}
        onSelect={(files) => {
          const [picture] = files ?? []
          if (picture) put.mutate({ title: title.trim() || nameOf(picture), picture })
        }}
      >
        <Button isDisabled={put.isPending}>Picture…</Button>
      </FileTrigger>
      <Outcome of={put} />
    </Form>
  )
}

function send(pack: string, drawn: Drawn): Promise<StickerPack> {
  const { title } = drawn
  const path = `v1/studio/packs/${pack}/stickers/${slugOf(title) || `sticker-${hashOf(title)}`}`
  return 'picture' in drawn
    ? call(`${path}?${new URLSearchParams({ title })}`, {
        method: 'PUT',
        body: drawn.picture,
        timeoutMs: SLOW_MS,
      })
    : call(path, { method: 'PUT', body: drawn })
}

const nameOf = ({ name }: File): string => name.replace(/\.\w+$/, '')

/** The same title is the same sticker, in a script that no id has as well. */
const hashOf = (title: string): string =>
  [...title].reduce((hash, character) => (hash * 31 + character.codePointAt(0)!) >>> 0, 7).toString(36)
