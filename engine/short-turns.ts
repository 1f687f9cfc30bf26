/** How long such work takes of the event loop at once, in milliseconds. */
const WORK_MS = 2

/**
 * Turns of the event loop for work in many small parts, each of which waits for `next()`: they follow one another until they have
 * taken two milliseconds, then everything else has its turn. So a busy process is not held up, and does not take long over them.
 * @param options.now Milliseconds. @param options.yieldThen Calls back after other work had its turn.
 */
export function shortTurns({
  now = () => performance.now(),
  yieldThen = (resume) => void setImmediate(resume),
}: {
  now?: () => number
  yieldThen?: (resume: () => void) => void
} = {}): () => Promise<void> {
  let last = Promise.resolve()
  let startedMs = now()
  const turn = (): Promise<void> | void => {
    if (now() - startedMs < WORK_MS) return
    return new Promise<void>((resolve) =>
      yieldThen(() => {
        startedMs = now()
        resolve()
      }),
    )
  }
  return () => (last = last.then(turn))
}
