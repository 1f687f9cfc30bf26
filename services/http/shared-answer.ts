/**
 * The shortest time from the end of one to the beginning of the next: what takes some milliseconds takes a few per cent of a core
 * at most, and a scraper does not notice the wait.
 */
const PAUSE_MS = 100

/**
 * Bounds what an expensive answer costs that anybody may request: it is made once for all who request it at about the same time,
 * and after each one there is a pause. Whoever requests it meanwhile gets the next one, so no answer is older than its request.
 */
export function sharedAnswer<Answer>(make: () => Promise<Answer>): () => Promise<Answer> {
  let next: Promise<Answer> | undefined
  let free: Promise<unknown> = Promise.resolve()
  return () => {
    next ??= free.then(() => {
      next = undefined
      const made = make()
      free = made.catch(() => {}).then(pause)
      return made
    })
    return next
  }
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, PAUSE_MS).unref())
