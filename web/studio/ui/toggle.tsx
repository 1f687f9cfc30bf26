import type { ReactNode } from 'react'
import { Switch } from 'react-aria-components'

/** On or off. @param isPending Requested, but not yet confirmed by the server. */
export const Toggle = ({
  children,
  isOn,
  onChange,
  isPending = false,
  isDisabled = false,
}: {
  children: ReactNode
  isOn: boolean
  onChange: (isOn: boolean) => void
  isPending?: boolean
  isDisabled?: boolean
}) => (
  <Switch
    className="toggle"
    isSelected={isOn}
    onChange={onChange}
    isDisabled={isDisabled}
    data-pending={isPending}
  >
    <span className="toggle-track" aria-hidden="true">
      <span className="toggle-knob" />
    </span>
    <span className="toggle-words">{children}</span>
  </Switch>
)
