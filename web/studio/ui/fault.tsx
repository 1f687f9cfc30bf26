import { wordsOf } from '../api/problem.ts'

/** What went wrong, where it went wrong. Nothing where nothing did. */
export const Fault = ({ cause }: { cause: unknown }) =>
  cause === null || cause === undefined ? null : (
    <p className="fault" role="alert">
      {wordsOf(cause)}
    </p>
  )
