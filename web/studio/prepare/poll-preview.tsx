import type { PollForm } from './poll-form.ts'

/** With this many choices or more, a phone shows two columns. */
const TWO_COLUMNS_FROM = 4

/** About how the poll will look on a phone: it is a draft, so no viewer's page can show it. */
export function PollPreview({ form, accent }: { form: PollForm; accent: string | undefined }) {
  const choices = form.choices.filter(({ title }) => title.trim() !== '')
  return (
    <figure className="poll-preview" aria-label="On a phone">
      <div className="preview-card" style={{ borderTopColor: accent ?? 'var(--accent)' }}>
        <p className="preview-question" dir="auto">
          {form.question || 'The question'}
        </p>
        <ul className="preview-choices" data-columns={choices.length >= TWO_COLUMNS_FROM ? 2 : 1}>
          {choices.map(({ title }, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a choice that is being typed has nothing else that stays
            <li key={at} dir="auto">
              {title}
            </li>
          ))}
        </ul>
        <p className="muted">{RULE[form.kind](form.max)}</p>
      </div>
    </figure>
  )
}

const RULE: Record<PollForm['kind'], (max: number) => string> = {
  one: () => 'Choose one',
  several: (max) => `Choose up to ${max}`,
  points: (max) => `Split ${max} points`,
}
