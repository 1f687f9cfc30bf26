import { ToggleButton, ToggleButtonGroup } from 'react-aria-components'

/** One of two or three views, each a button. */
export const Either = <Value extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string
  value: Value
  options: readonly { id: Value; title: string }[]
  onChange: (value: Value) => void
}) => (
  <ToggleButtonGroup
    className="two"
    aria-label={label}
    selectedKeys={[value]}
    disallowEmptySelection
    onSelectionChange={([next]) => onChange(next as Value)}
  >
    {options.map(({ id, title }) => (
      <ToggleButton key={id} id={id} className="button">
        {title}
      </ToggleButton>
    ))}
  </ToggleButtonGroup>
)
