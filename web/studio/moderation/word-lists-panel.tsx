import { type FormEvent, useState } from 'react'
import { Form, Label, Text, TextArea, TextField } from 'react-aria-components'
import type { WordList } from '../../../protocol/show.ts'
import { call } from '../api/call.ts'
import { KEYS, type StudioShow, useChange } from '../api/queries.ts'
import { Button } from '../ui/button.tsx'
import { Window } from '../ui/dialog.tsx'
import { Field } from '../ui/field.tsx'
import { FormEnd } from '../ui/form-end.tsx'

/** The words that viewers may not freely post, one list per language. */
export function WordListsPanel({ show }: { show: StudioShow }) {
  const [edited, setEdited] = useState<WordList | undefined>()
  const lists = show.wordLists ?? []
  const done = () => setEdited(undefined)
  return (
    <section className="panel" aria-label="Word lists">
      <header className="panel-head">
        <h2>Word lists</h2>
        <span className="gap" />
        <Button
          size="small"
          onPress={() => setEdited({ language: show.language ?? 'en', hold: [], refuse: [] })}
        >
          New list
        </Button>
      </header>
      {lists.length === 0 && <p className="empty">No words are held or refused.</p>}
      <ul className="log-list">
        {lists.map((list) => (
          <li key={list.language}>
            <bdi>{languageName(list.language)}</bdi>
            <span className="muted">
              {list.hold.length} held, {list.refuse.length} refused
            </span>
            <Button
              size="small"
              aria-label={`Change the words of ${languageName(list.language)}`}
              onPress={() => setEdited(list)}
            >
              Change
            </Button>
          </li>
        ))}
      </ul>
      <Window title="Words of one language" isOpen={edited !== undefined} onClose={done}>
        {edited && <WordListForm show={show} list={edited} onDone={done} />}
      </Window>
    </section>
  )
}

function WordListForm({ show, list, onDone }: { show: StudioShow; list: WordList; onDone: () => void }) {
  const [language, setLanguage] = useState(list.language)
  const [hold, setHold] = useState(list.hold.join('\n'))
  const [refuse, setRefuse] = useState(list.refuse.join('\n'))
  const put = useChange(
    () =>
      call(`v1/studio/shows/${show.show}/word-lists/${encodeURIComponent(language.trim())}`, {
        method: 'PUT',
        body: { hold: linesOf(hold), refuse: linesOf(refuse) },
      }),
    [KEYS.show(show.show)],
    onDone,
  )
  const send = (event: FormEvent) => {
    event.preventDefault()
    put.mutate(undefined)
  }
  return (
    <Form className="stack" onSubmit={send}>
      <Field
        label="Language"
        value={language}
        onChange={setLanguage}
        isText={false}
        isRequired
        help="Such as en or de. Every text is read by all lists."
      />
      <Lines
        label="Wait for a moderator"
        value={hold}
        onChange={setHold}
        help="One a line. A * at the end stands for whatever follows."
      />
      <Lines
        label="Are refused"
        value={refuse}
        onChange={setRefuse}
        help="The viewer is told to write otherwise."
      />
      <FormEnd change={put} label="Save" onCancel={onDone} />
    </Form>
  )
}

const Lines = ({
  label,
  value,
  onChange,
  help,
}: {
  label: string
  value: string
  onChange: (value: string) => void
  help: string
}) => (
  <TextField className="field" value={value} onChange={onChange}>
    <Label>{label}</Label>
    <TextArea dir="auto" rows={6} />
    <Text slot="description">{help}</Text>
  </TextField>
)

const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')

/** In English, as all of the studio; a tag without a name is shown as it is. */
const NAMES = new Intl.DisplayNames('en', { type: 'language', fallback: 'code' })
const languageName = (tag: string): string => NAMES.of(tag) ?? tag
