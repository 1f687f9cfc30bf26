/** Calls every listener. An error in one becomes an uncaught error and does not affect the others. */
export function tell<Event>(listeners: Iterable<unknown>, event: Event): void {
  for (const listener of [...listeners]) {
    try {
      ;(listener as (event: Event) => void)(event)
    } catch (cause) {
      queueMicrotask(() => {
        throw cause
      })
    }
  }
}
