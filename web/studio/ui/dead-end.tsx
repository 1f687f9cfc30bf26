import type { ReactNode } from 'react'
import { Link } from 'wouter'

/** Where a screen cannot be: why, and the way on. */
export const DeadEnd = ({ children }: { children: ReactNode }) => (
  <div className="page stack">
    {children}
    <p>
      <Link href="/">All shows</Link>
    </p>
  </div>
)
