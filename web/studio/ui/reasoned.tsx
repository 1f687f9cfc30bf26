import { useRef, useState } from 'react'
import { Group } from 'react-aria-components'
import { QUESTION_LENGTH_MAX } from '../../../protocol/limits.ts'
import { Button } from './button.tsx'
import { Field } from './field.tsx'

/** A button that needs a second press and a reason, which goes into the log. Escape cancels. */
export function Reasoned({
  label,
  consequence,
  onConfirm,
  isPending,
  isDisabled = false,
  look = 'quiet',
  size,
}: {
  label: string
  /** What will happen, in a sentence or two. */
  consequence: string
  onConfirm: (reason: string) => void
  isPending: boolean
  isDisabled?: boolean
  look?: 'main' | 'quiet'
  size?: 'small' | 'large'
}) {
  const [reason, setReason] = useState<string | undefined>()
  const first = useRef<HTMLButtonElement>(null)
  if (reason === undefined)
    return (
      <Button
        ref={first}
        look={look}
        size={size}
        isDisabled={isDisabled}
        isPending={isPending}
        onPress={() => setReason('')}
      >
        {label}
      </Button>
    )
  const leave = () => {
    setReason(undefined)
    requestAnimationFrame(() => first.current?.focus())
  }
  const confirm = () => {
    leave()
    onConfirm(reason.trim())
  }
  return (
    <Group className="confirm" aria-label="Why?">
      <p>{consequence}</p>
      <Field
        label="Reason"
        help="It stands in the log."
        value={reason}
        onChange={setReason}
        maxLength={QUESTION_LENGTH_MAX}
        autoFocus
        onKeyDown={({ key }) => {
          if (key === 'Escape') leave()
          if (key === 'Enter' && reason.trim() !== '') confirm()
        }}
      />
      <div className="row">
        <Button look="main" size={size} isDisabled={reason.trim() === ''} onPress={confirm}>
          {label}
        </Button>
        <Button look="bare" size={size} onPress={leave}>
          Cancel
        </Button>
      </div>
    </Group>
  )
}
