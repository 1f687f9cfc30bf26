import { wordsOf } from '../api/problem.ts'

/** An error, shown where it happened. Nothing without one. */
export const Fault = ({ cause }: { cause: unknown }) =>
  cause === null || cause === undefined ? null : (
    <p className="fault" role="alert">
      {wordsOf(cause)}
    </p>
  )
