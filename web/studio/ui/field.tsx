import { useId } from 'react'
import { FieldError, Input, Label, Text, TextField, type TextFieldProps } from 'react-aria-components'
import { LAST, localText, timeIn } from './wall-clock.ts'

interface FieldProps extends Omit<TextFieldProps, 'children' | 'className'> {
  label: string
  /** One sentence under it. */
  help?: string | undefined
  /** What is wrong with it, in words. */
  fault?: string | undefined
  /** Words of people stand in their own direction. Default true. */
  isText?: boolean
}

/** One line of text with its name above it. */
export const Field = ({ label, help, fault, isText = true, ...props }: FieldProps) => (
  <TextField {...props} className="field" isInvalid={fault !== undefined}>
    <Label>{label}</Label>
    <Input dir={isText ? 'auto' : 'ltr'} />
    {help !== undefined && <Text slot="description">{help}</Text>}
    <FieldError>{fault}</FieldError>
  </TextField>
)

/** A time of the wall clock, as the browser asks for it. @param value Milliseconds since 1970; undefined: none. */
export function TimeField({
  label,
  value,
  onChange,
  help,
}: {
  label: string
  value: number | undefined
  onChange: (at: number | undefined) => void
  help?: string
}) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="datetime-local"
        step="1"
        max={LAST}
        value={localText(value)}
        onChange={({ target }) => {
          const at = timeIn(target.value)
          if (at !== 'none') onChange(at)
        }}
      />
      {help !== undefined && <span className="help">{help}</span>}
    </div>
  )
}
