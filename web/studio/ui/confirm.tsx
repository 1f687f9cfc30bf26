import { type ReactNode, useEffect, useRef, useState } from 'react'
import { Group } from 'react-aria-components'
import { Button } from './button.tsx'

/** Disarms after this time without a second press, so that nobody later presses a forgotten, armed button by mistake. */
const ARMED_MS = 10_000

/**
 * A button that needs a second press: the first one says what will happen. The focus moves to the second, so that by keyboard it
 * is Enter twice; Escape cancels.
 */
export function Confirm({
  label,
  consequence,
  confirmLabel = label,
  onConfirm,
  isPending = false,
  look = 'quiet',
  isIrreversible = true,
  size,
  isDisabled = false,
}: {
  label: ReactNode
  /** What will happen, in one sentence. */
  consequence: string
  confirmLabel?: ReactNode
  onConfirm: () => void
  isPending?: boolean
  look?: 'main' | 'quiet' | 'danger'
  /** Whether the second button is red. Default true. */
  isIrreversible?: boolean
  size?: 'small' | 'large'
  isDisabled?: boolean
}) {
  const [armed, setArmed] = useState(false)
  const first = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (!armed) return
    const timer = setTimeout(() => setArmed(false), ARMED_MS)
    return () => clearTimeout(timer)
  }, [armed])
  const leave = () => {
    setArmed(false)
    requestAnimationFrame(() => first.current?.focus())
  }
  if (!armed) {
    return (
      <Button
        ref={first}
        look={look}
        size={size}
        isDisabled={isDisabled}
        isPending={isPending}
        onPress={() => setArmed(true)}
      >
        {label}
      </Button>
    )
  }
  return (
    <Group className="confirm" aria-label="Are you sure?">
      <p>{consequence}</p>
      <div className="row">
        <Button
          look={isIrreversible ? 'danger' : 'main'}
          size={size}
          autoFocus
          onPress={() => {
            leave()
            onConfirm()
          }}
          onKeyDown={({ key }) => key === 'Escape' && leave()}
        >
          {confirmLabel}
        </Button>
        <Button look="bare" size={size} onPress={leave}>
          Cancel
        </Button>
      </div>
    </Group>
  )
}
