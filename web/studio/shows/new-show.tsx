import { type FormEvent, useState } from 'react'
import { Form } from 'react-aria-components'
import { useLocation } from 'wouter'
import { freeId } from '../../../protocol/ids.ts'
import { KEYS, type StudioShow, useChange } from '../api/queries.ts'
import { Choose } from '../ui/choose.tsx'
import { Window } from '../ui/dialog.tsx'
import { Field, TimeField } from '../ui/field.tsx'
import { FormEnd } from '../ui/form-end.tsx'
import { slugOf } from '../ui/slug.ts'
import { Toggle } from '../ui/toggle.tsx'
import { fromShow, fromTemplate, makeShow } from './make-show.ts'
import { TemplatePreview } from './template-preview.tsx'
import { TEMPLATES } from './templates/templates.ts'

/** Creates a show, empty or like another. @param like The show whose settings and polls to copy. */
export function NewShow({
  like,
  shows,
  onClose,
}: {
  like?: StudioShow
  shows: readonly StudioShow[]
  onClose: () => void
}) {
  const [, go] = useLocation()
  const [title, setTitle] = useState(like?.title ?? '')
  const [id, setId] = useState<string | undefined>()
  const [chosen, setChosen] = useState('match')
  const template = TEMPLATES.find(({ id }) => id === chosen)!
  const [starts, setStarts] = useState(like?.starts === undefined ? undefined : weekAfter(like.starts))
  const [rehearsal, setRehearsal] = useState(false)
  const show = id ?? freeId(slugOf(title), (id) => shows.some(({ show }) => show === id))
  const make = useChange(makeShow, [KEYS.shows], () => go(`/shows/${show}/prepare`))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const from = () => (like === undefined ? fromTemplate(template) : fromShow(like.show))
    make.mutate({ show, title, starts, rehearsal, from })
  }
  return (
    <Window title={like === undefined ? 'New show' : 'Duplicate a show'} isOpen onClose={onClose}>
      <Form className="stack" onSubmit={submit}>
        {like !== undefined && (
          <p className="muted">
            With the sides, stickers, rules and word lists of <bdi>{like.title}</bdi>, and its polls as
            drafts.
          </p>
        )}
        <Field label="Name" value={title} onChange={setTitle} isRequired maxLength={280} autoFocus />
        <Field
          label="Address"
          value={show}
          onChange={setId}
          isRequired
          pattern="[a-z0-9][a-z0-9\-]{0,31}"
          maxLength={32}
          isText={false}
          help="Part of the link that viewers open. It cannot be changed later."
          fault={shows.some((known) => known.show === show) ? 'There is a show at this address.' : undefined}
        />
        {like === undefined && (
          <>
            <Choose label="Begin from" value={chosen} options={TEMPLATES} onChange={setChosen} />
            <TemplatePreview template={template} />
          </>
        )}
        <TimeField
          label="Begins"
          value={starts}
          onChange={setStarts}
          help="Empty: when you start it by hand."
        />
        <Toggle isOn={rehearsal} onChange={setRehearsal}>
          It is a rehearsal: viewers are told, and all they do can be wiped. This cannot be changed later.
        </Toggle>
        <FormEnd
          change={make}
          label={like === undefined ? 'Make the show' : 'Duplicate'}
          onCancel={onClose}
        />
      </Form>
    </Window>
  )
}

/** The same time of day and weekday, in the next week to come. */
function weekAfter(at: number): number {
  const next = new Date(at)
  do next.setDate(next.getDate() + 7)
  while (next.getTime() < Date.now())
  return next.getTime()
}
