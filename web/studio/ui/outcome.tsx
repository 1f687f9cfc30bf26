import { Fault } from './fault.tsx'

export interface Change {
  error: unknown
  failureCount: number
  isPending: boolean
}

/** What a change came to, where it was pressed: what went wrong, or that it is not confirmed and goes on by itself. */
export const Outcome = ({ of: { error, failureCount, isPending } }: { of: Change }) => (
  <>
    <Fault cause={error} />
    {isPending && failureCount > 0 && (
      <p className="repeating" role="status">
        Not confirmed yet: sent again until it is.
      </p>
    )}
  </>
)
