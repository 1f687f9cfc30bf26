/** Tells every listener. One's mistake is its owner's: it shows up as uncaught, and disturbs nobody else. */
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
