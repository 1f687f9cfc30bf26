import type { RoarBarAttributes, RoarBarElement } from '@roar/client/elements'
import type { ClassAttributes, HTMLAttributes } from 'react'

/** What `<roar-bar>` takes in JSX. */
export type RoarBarProps = RoarBarAttributes &
  ClassAttributes<RoarBarElement> &
  HTMLAttributes<RoarBarElement>
