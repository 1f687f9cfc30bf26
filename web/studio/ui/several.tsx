import { useId } from 'react'
import { Toggle } from './toggle.tsx'

/** Several of a few; the last selected one stays selected. */
export function Several<Value extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string
  value: readonly Value[]
  options: readonly { id: Value; title: string; about?: string }[]
  onChange: (value: readonly Value[]) => void
}) {
  const name = useId()
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a grid everywhere
    <div role="group" aria-labelledby={name}>
      <p id={name} className="legend">
        {label}
      </p>
      <div className="several">
        {options.map(({ id, title, about }) => (
          <Toggle
            key={id}
            isOn={value.includes(id)}
            isDisabled={value.length === 1 && value.includes(id)}
            onChange={(isOn) => onChange(isOn ? [...value, id] : value.filter((known) => known !== id))}
          >
            {title} {about !== undefined && <span className="muted">{about}</span>}
          </Toggle>
        ))}
      </div>
    </div>
  )
}
