import type { RoarElements, RoarProps } from '@roar/client/elements'
import type { ClassAttributes, HTMLAttributes } from 'react'

/** What each of Roar's elements takes in JSX. */
export type RoarElementProps = {
  [Name in keyof RoarElements]: RoarProps<Name> &
    ClassAttributes<RoarElements[Name]['element']> &
    HTMLAttributes<RoarElements[Name]['element']>
}

/** What `<roar-bar>` takes in JSX. */
export type RoarBarProps = RoarElementProps['roar-bar']
