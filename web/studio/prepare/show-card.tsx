import { useId } from 'react'
import { settingsOf } from '../../../engine/shows/life.ts'
import type { ShowRules } from '../../../protocol/show.ts'
import { takesTwo } from '../../../protocol/show.ts'
import type { StudioShow } from '../api/queries.ts'
import { Field, TimeField } from '../ui/field.tsx'
import { Toggle } from '../ui/toggle.tsx'
import { SaveBar } from './save-bar.tsx'
import { useDraft } from './use-draft.ts'

const RULES: { name: keyof Omit<ShowRules, 'postEveryMs' | 'approvals'>; title: string }[] = [
  { name: 'guests', title: 'Guests may post and vote' },
  { name: 'posts', title: 'Posts' },
  { name: 'text', title: 'Posts with text' },
  { name: 'rooms', title: 'Rooms for friends' },
]

/** The show itself: title, time, stream, what viewers may do. */
export function ShowCard({ show }: { show: StudioShow }) {
  const draft = useDraft(show)
  const { shown, set } = draft
  const { rules, language } = settingsOf(shown)
  const accent = useId()
  return (
    <section className="card stack" aria-label="The show">
      <h2>The show</h2>
      <div className="fields wide-name">
        <Field label="Name" value={shown.title} onChange={(title) => set({ title })} maxLength={280} />
        <Field
          label="Language"
          value={language}
          onChange={(language) => set({ language })}
          isText={false}
          help="As en, de, ar or pt-BR."
        />
        <TimeField
          label="Begins"
          value={shown.starts}
          onChange={(starts) => set({ starts: starts ?? null })}
        />
        <TimeField label="Ends" value={shown.ends} onChange={(ends) => set({ ends: ends ?? null })} />
        <Field
          label="Video"
          value={shown.video?.url ?? ''}
          onChange={(url) => set({ video: url === '' ? null : { ...shown.video, url } })}
          isText={false}
          help="An HLS address, or a file that browsers play."
        />
        <div className="field">
          <label htmlFor={accent}>Accent</label>
          <input
            id={accent}
            type="color"
            value={shown.accent ?? '#ffb03a'}
            onChange={({ target }) => set({ accent: target.value })}
          />
        </div>
      </div>
      <div className="row rules">
        {RULES.map(({ name, title }) => (
          <Toggle
            key={name}
            isOn={rules[name]}
            onChange={(isOn) => set({ rules: { ...rules, [name]: isOn } })}
          >
            {title}
          </Toggle>
        ))}
        <Toggle
          isOn={takesTwo({ rules })}
          isDisabled={takesTwo(show)}
          onChange={(isOn) => set({ rules: { ...rules, approvals: isOn ? 2 : 1 } })}
        >
          Results take two people
        </Toggle>
      </div>
      <p className="muted">
        Where results take two people, one asks and another approves a seal and which votes count; to go back
        to one takes two as well, under Integrity.
      </p>
      <SaveBar draft={draft} />
    </section>
  )
}
