import { Button } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { Toggle } from '../ui/toggle.tsx'
import type { PollForm } from './poll-form.ts'

type Choices = PollForm['choices']

/** A poll's choices, and which of them are right. */
export function ChoiceFields({
  choices,
  onChange,
}: {
  choices: Choices
  onChange: (choices: Choices) => void
}) {
  const change = (at: number, change: Partial<Choices[number]>) =>
    onChange(choices.with(at, { ...choices[at]!, ...change }))
  return (
    <div className="stack">
      {choices.map(({ title, isRight }, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a choice that is being typed has nothing else that stays
        <div key={at} className="choice-row">
          <Field
            label={`Choice ${at + 1}`}
            value={title}
            onChange={(title) => change(at, { title })}
            isRequired={at < 2}
            maxLength={280}
          />
          <Toggle isOn={isRight} onChange={(isRight) => change(at, { isRight })}>
            Right
          </Toggle>
          <Button
            size="small"
            aria-label={`Remove choice ${at + 1}`}
            isDisabled={choices.length <= 2}
            onPress={() => onChange(choices.toSpliced(at, 1))}
          >
            Remove
          </Button>
        </div>
      ))}
      <div className="row">
        <Button
          size="small"
          onPress={() => onChange([...choices, { choice: '', title: '', isRight: false }])}
        >
          Add a choice
        </Button>
      </div>
    </div>
  )
}
