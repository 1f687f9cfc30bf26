import { type FormEvent, useState } from 'react'
import { Form } from 'react-aria-components'
import { POST_TEXT_MAX } from '../../../protocol/limits.ts'
import { call } from '../api/call.ts'
import { KEYS, type StudioShow, useChange } from '../api/queries.ts'
import { Button } from '../ui/button.tsx'
import { Window } from '../ui/dialog.tsx'
import { Field } from '../ui/field.tsx'
import { FormEnd } from '../ui/form-end.tsx'
import { Outcome } from '../ui/outcome.tsx'

/** The pinned post or notice at the top of every viewer's feed, with pin and unpin. */
export function PinnedStrip({ show }: { show: StudioShow }) {
  const [isWriting, setWriting] = useState(false)
  const unpin = useChange(
    () => call(`v1/studio/shows/${show.show}/pin`, { method: 'DELETE' }),
    [KEYS.show(show.show)],
  )
  const { pinned } = show
  const sticker = show.stickers.find((known) => known.sticker === pinned?.sticker)
  return (
    <div className="pinned-strip">
      {pinned !== undefined && (
        <p>
          <span className="chip good">pinned</span> {pinned.name !== undefined && <bdi>{pinned.name}</bdi>}{' '}
          <bdi>{pinned.text ?? sticker?.title}</bdi>
        </p>
      )}
      {pinned !== undefined && (
        <Button size="small" isPending={unpin.isPending} onPress={() => unpin.mutate(undefined)}>
          Unpin
        </Button>
      )}
      <Button size="small" onPress={() => setWriting(true)}>
        Pin a text
      </Button>
      <Outcome of={unpin} />
      <Window title="Pin a text" isOpen={isWriting} onClose={() => setWriting(false)}>
        <PinForm show={show.show} onDone={() => setWriting(false)} />
      </Window>
    </div>
  )
}

function PinForm({ show, onDone }: { show: string; onDone: () => void }) {
  const [text, setText] = useState('')
  const pin = useChange(
    () => call(`v1/studio/shows/${show}/pin`, { method: 'PUT', body: { text } }),
    [KEYS.show(show)],
    onDone,
  )
  const send = (event: FormEvent) => {
    event.preventDefault()
    pin.mutate(undefined)
  }
  return (
    <Form className="stack" onSubmit={send}>
      <Field
        label="Text"
        value={text}
        onChange={setText}
        maxLength={POST_TEXT_MAX}
        isRequired
        autoFocus
        help="It stands at the top of every viewer’s feed until it is unpinned."
      />
      <FormEnd change={pin} label="Pin it" onCancel={onDone} />
    </Form>
  )
}
