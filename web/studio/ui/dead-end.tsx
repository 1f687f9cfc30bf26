import type { ReactNode } from 'react'
import { Link } from 'wouter'

/** Shown for a missing screen: why, and where to go. */
export const DeadEnd = ({ children }: { children: ReactNode }) => (
  <div className="page stack">
    {children}
    <p>
      <Link href="/">All shows</Link>
    </p>
  </div>
)
