import type { Ref } from 'react'
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from 'react-aria-components'

export interface ButtonProps extends AriaButtonProps {
  /** `main`: the one thing to do here. `danger`: cannot be undone. `quiet`: everything else. Default: quiet. */
  look?: 'main' | 'danger' | 'quiet' | 'bare'
  size?: 'small' | 'large' | undefined
  className?: string
  ref?: Ref<HTMLButtonElement>
}

export const Button = ({ look = 'quiet', size, className = '', ...props }: ButtonProps) => (
  <AriaButton {...props} data-look={look} data-size={size} className={`button ${className}`} />
)
