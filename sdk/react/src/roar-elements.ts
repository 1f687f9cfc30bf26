import type { RoarElements, RoarProps } from '@roar/client/elements'
import type { ClassAttributes, HTMLAttributes } from 'react'

/** The JSX props of each Roar element. */
export type RoarElementProps = {
  [Name in keyof RoarElements]: RoarProps<Name> &
    ClassAttributes<RoarElements[Name]['element']> &
    HTMLAttributes<RoarElements[Name]['element']>
}

/** The JSX props of `<roar-bar>`. */
export type RoarBarProps = RoarElementProps['roar-bar']
