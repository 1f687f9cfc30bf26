import { type FormEvent, useState } from 'react'
import { Form } from 'react-aria-components'
import { freeId } from '../../../protocol/ids.ts'
import { call } from '../api/call.ts'
import { Problem } from '../api/problem.ts'
import { KEYS, type StudioPoll, type StudioShow, useChange } from '../api/queries.ts'
import { sidesOf } from '../shows/sides.ts'
import { Choose } from '../ui/choose.tsx'
import { Window } from '../ui/dialog.tsx'
import { Field, TimeField } from '../ui/field.tsx'
import { FormEnd } from '../ui/form-end.tsx'
import { slugOf } from '../ui/slug.ts'
import { Toggle } from '../ui/toggle.tsx'
import { ChoiceFields } from './choice-fields.tsx'
import { formOf, rulesOf } from './poll-form.ts'
import { PollPreview } from './poll-preview.tsx'
import { KINDS, TEMPLATES, VISIBILITIES, VOTERS } from './poll-words.ts'
import { Whose } from './whose.tsx'

/** Creates a poll, or changes a draft. @param poll The draft, or the poll to copy the rules of. */
export function PollEditor({
  show,
  polls,
  poll,
  onClose,
}: {
  show: StudioShow
  polls: readonly StudioPoll[]
  poll?: StudioPoll
  onClose: () => void
}) {
  const sides = sidesOf(show)
  const [template, setTemplate] = useState<(typeof TEMPLATES)[number]['id']>('empty')
  const [form, setForm] = useState(() => formOf(poll, template, sides))
  const set = (change: Partial<typeof form>) => setForm({ ...form, ...change })
  const [seen, setSeen] = useState(poll?.state === 'draft' ? poll : undefined)
  const save = useChange(
    (over: StudioPoll | undefined) =>
      send({ show, polls, changed: over, rules: rulesOf(form, over ?? poll) }),
    [KEYS.show(show.show)],
    onClose,
  )
  const theirs = save.error instanceof Problem ? (save.error.current as StudioPoll | undefined) : undefined
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate(seen)
  }
  const keepMine = () => {
    setSeen(theirs)
    save.mutate(theirs)
  }
  const takeTheirs = () => {
    setSeen(theirs)
    setForm(formOf(theirs, template, sides))
    save.reset()
  }
  return (
    <Window title={seen === undefined ? 'New poll' : 'Change the poll'} isOpen onClose={onClose}>
      <Form className="stack poll-form" onSubmit={submit}>
        {poll === undefined && (
          <Choose
            label="Begin from"
            value={template}
            options={TEMPLATES.filter(({ id }) => id !== 'sides' || sides.length > 1)}
            onChange={(next) => {
              setTemplate(next)
              set({ choices: formOf(undefined, next, sides).choices })
            }}
          />
        )}
        <Field
          label="Question"
          value={form.question}
          onChange={(question) => set({ question })}
          isRequired
          maxLength={280}
          autoFocus
        />
        <ChoiceFields choices={form.choices} onChange={(choices) => set({ choices })} />
        <PollPreview form={form} accent={show.accent} />
        <div className="fields">
          <Choose
            label="Kind"
            value={form.kind}
            options={KINDS}
            onChange={(kind) => set({ kind, max: kind === 'points' ? 10 : 2 })}
          />
          {form.kind !== 'one' && (
            <Field
              label={form.kind === 'several' ? 'Choices at most' : 'Points to split'}
              value={String(form.max)}
              onChange={(max) => set({ max: Math.max(1, Number(max) || 1) })}
              inputMode="numeric"
              isText={false}
            />
          )}
          <Choose
            label="Who may vote"
            value={form.voters}
            options={VOTERS}
            onChange={(voters) => set({ voters })}
          />
          <Choose
            label="Counts are seen"
            value={form.visibility}
            options={VISIBILITIES}
            onChange={(visibility) => set({ visibility })}
          />
          <TimeField label="Opens by itself" value={form.opens} onChange={(opens) => set({ opens })} />
          <TimeField label="Closes by itself" value={form.closes} onChange={(closes) => set({ closes })} />
        </div>
        <Toggle isOn={form.change} onChange={(change) => set({ change })}>
          Viewers may change their vote while it is open
        </Toggle>
        <FormEnd change={save} label={seen === undefined ? 'Make the poll' : 'Save'} onCancel={onClose} />
        {theirs !== undefined && <Whose {...{ keepMine, takeTheirs }} />}
      </Form>
    </Window>
  )
}

function send({
  show: { show },
  polls,
  changed,
  rules,
}: {
  show: StudioShow
  polls: readonly StudioPoll[]
  changed: StudioPoll | undefined
  rules: ReturnType<typeof rulesOf>
}): Promise<StudioPoll> {
  const path = `v1/studio/shows/${show}/polls`
  if (changed !== undefined)
    return call(`${path}/${changed.poll}`, { method: 'PATCH', body: rules, ifMatch: changed.version })
  return call(path, { method: 'POST', body: { poll: idOf(rules.question ?? '', polls), ...rules } })
}

/** An id that no poll of the show has; it appears in links and in the log. */
const idOf = (question: string, polls: readonly StudioPoll[]): string =>
  freeId(slugOf(question).slice(0, 24).replace(/-+$/, '') || 'poll', (id) =>
    polls.some(({ poll }) => poll === id),
  )
