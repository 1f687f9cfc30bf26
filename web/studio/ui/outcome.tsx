import { Fault } from './fault.tsx'

export interface Change {
  error: unknown
  failureCount: number
  isPending: boolean
}

/** The outcome of a change, shown where it was pressed: the error, or that it is unconfirmed and being retried. */
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
