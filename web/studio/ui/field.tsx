import { useId } from 'react'
import { FieldError, Input, Label, Text, TextField, type TextFieldProps } from 'react-aria-components'
import { LAST, localText, timeIn } from './wall-clock.ts'

interface FieldProps extends Omit<TextFieldProps, 'children' | 'className'> {
  label: string
  /** One sentence of help under the field. */
  help?: string | undefined
  /** What is wrong with the value, in words. */
  fault?: string | undefined
  /** Whether it contains people's words, which are shown in their own direction. Default true. */
  isText?: boolean
}

/** One line of text with a label above it. */
export const Field = ({ label, help, fault, isText = true, ...props }: FieldProps) => (
  <TextField {...props} className="field" isInvalid={fault !== undefined}>
    <Label>{label}</Label>
    <Input dir={isText ? 'auto' : 'ltr'} />
    {help !== undefined && <Text slot="description">{help}</Text>}
    <FieldError>{fault}</FieldError>
  </TextField>
)

/** A local date and time, by the browser's input. @param value Milliseconds since 1970; undefined: none. */
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
