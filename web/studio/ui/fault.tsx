import { wordsOf } from '../api/problem.ts'

/** What went wrong, where it went wrong. Nothing where nothing did. */
export const Fault = ({ cause }: { cause: unknown }) =>
  cause === null || cause === undefined ? null : (
    <p className="fault" role="alert">
      {wordsOf(cause)}
    </p>
  )

/** A change that was sent and is not confirmed: whoever pressed is told that it goes on by itself. */
export const Repeating = ({ failures, isPending }: { failures: number; isPending: boolean }) =>
  isPending && failures > 0 ? (
    <p className="repeating" role="status">
      Not confirmed yet: sent again until it is.
    </p>
  ) : null
