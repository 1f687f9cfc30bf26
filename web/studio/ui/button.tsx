import type { Ref } from 'react'
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from 'react-aria-components'

export interface ButtonProps extends AriaButtonProps {
  /** `main`: the main action here. `danger`: cannot be undone. `quiet`: everything else. Default: quiet. */
  look?: 'main' | 'danger' | 'quiet' | 'bare'
  size?: 'small' | 'large' | undefined
  className?: string
  ref?: Ref<HTMLButtonElement>
}

export const Button = ({ look = 'quiet', size, className = '', isPending, ...props }: ButtonProps) => (
  <AriaButton
    {...props}
    {...(isPending && PENDING)}
    data-look={look}
    data-size={size}
    className={`button ${className}`}
  />
)

/**
 * Keeps the focus and does nothing, nor does the form around it. The library's own pending state announces the button by its id,
 * for seconds, even when it is gone by then; the outcome is shown beside it.
 */
const PENDING = { type: 'button', 'aria-disabled': true, onPress: () => {} } as const
