import { type FormEvent, useState } from 'react'
import { FileTrigger, Form } from 'react-aria-components'
import type { Sticker, StickerPack } from '../../../protocol/show.ts'
import { call, SLOW_MS } from '../api/call.ts'
import { KEYS, type StudioShow, useChange } from '../api/queries.ts'
import { Button } from '../ui/button.tsx'
import { Choose } from '../ui/choose.tsx'
import { Field } from '../ui/field.tsx'
import { Outcome } from '../ui/outcome.tsx'
import { slugOf } from '../ui/slug.ts'

const PICTURES = ['image/png', 'image/webp', 'image/avif', 'image/gif', 'image/svg+xml', '.json', '.lottie']

type Drawn = { title: string; emoji: string } | { title: string; picture: File }

/** Adds a sticker to a pack, by an emoji or a picture: every show with the pack gets it. */
export function NewSticker({
  show: { show, packs: own = [] },
  packs,
}: {
  show: StudioShow
  packs: readonly StickerPack[]
}) {
  const [title, setTitle] = useState('')
  const [emoji, setEmoji] = useState('')
  const [picture, setPicture] = useState<File | undefined>()
  // Not that of another show: whoever adds a sticker here looks for it here.
  const [pack = own.at(-1) ?? packs[0]?.pack, setPack] = useState<string | undefined>()
  const put = useChange(
    (drawn: Drawn) => send(pack!, drawn),
    [KEYS.packs, KEYS.show(show)],
    () => {
      setTitle('')
      setEmoji('')
      setPicture(undefined)
    },
  )
  if (pack === undefined) return null
  const replaced = title.trim() === '' ? undefined : inPack(packs, pack, idOf(title))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    put.mutate(picture === undefined ? { title, emoji } : { title, picture })
  }
  /** If only the file’s name gives the title, an existing sticker is not replaced without asking. */
  const choose = (chosen: File) => {
    const named = title.trim() || nameOf(chosen)
    if (title.trim() !== '' || inPack(packs, pack, idOf(named)) === undefined)
      return put.mutate({ title: named, picture: chosen })
    setTitle(named)
    setPicture(chosen)
  }
  /** The last input counts: emoji or picture. */
  const write = (text: string) => {
    setEmoji(text)
    setPicture(undefined)
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
      <Field label="Emoji" value={emoji} onChange={write} isRequired={picture === undefined} />
      <Button type="submit" isPending={put.isPending}>
        {replaced === undefined ? 'Add' : 'Replace'}
      </Button>
      <FileTrigger
        acceptedFileTypes={PICTURES}
        onSelect={(files) => {
          const [chosen] = files ?? []
          if (chosen) choose(chosen)
        }}
      >
        <Button isDisabled={put.isPending}>Picture…</Button>
      </FileTrigger>
      {replaced !== undefined && (
        <p className="muted" role="status">
          <bdi>{replaced.title}</bdi> is in this pack already: it is replaced in every show that has the pack,
          and keeps its taps. Give the new one another name to have both.
        </p>
      )}
      <Outcome of={put} />
    </Form>
  )
}

function send(pack: string, drawn: Drawn): Promise<StickerPack> {
  const { title } = drawn
  const path = `v1/studio/packs/${pack}/stickers/${idOf(title)}`
  return 'picture' in drawn
    ? call(`${path}?${new URLSearchParams({ title })}`, {
        method: 'PUT',
        body: drawn.picture,
        timeoutMs: SLOW_MS,
      })
    : call(path, { method: 'PUT', body: drawn })
}

const inPack = (packs: readonly StickerPack[], pack: string, id: string): Sticker | undefined =>
  packs.find((one) => one.pack === pack)?.stickers.find(({ sticker }) => sticker === id)

const idOf = (title: string): string => slugOf(title) || `sticker-${hashOf(title)}`

const nameOf = ({ name }: File): string => name.replace(/\.\w+$/, '')

/** The same title gives the same sticker, even in a script that ids cannot contain. */
const hashOf = (title: string): string =>
  [...title].reduce((hash, character) => (hash * 31 + character.codePointAt(0)!) >>> 0, 7).toString(36)
