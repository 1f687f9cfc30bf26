/** What a page's life means to a client. */
export interface PageEvents {
  /** The page may be gone the next moment. */
  leave(): void
  pause(reason: string): void
  resume(reason: string): void
}

/** A look at another tab and back does not cost a reconnect. */
const HIDDEN_MS = 5_000

/**
 * Watches the page, where there is one, until `signal` aborts.
 *
 * Taps leave as soon as the page is hidden: on phones that is the last thing a page is told. `pagehide` lets the
 * connection go at once, so that the page can be kept for the back button.
 */
export function watchPage(
  { leave, pause, resume }: PageEvents,
  after: (ms: number, callback: () => void) => () => void,
  signal: AbortSignal,
): void {
  if (typeof document === 'undefined') return
  let cancel = () => {}
  const visibility = () => {
    cancel()
    if (!document.hidden) return resume('hidden')
    leave()
    cancel = after(HIDDEN_MS, () => pause('hidden'))
  }
  const hide = () => {
    cancel()
    leave()
    pause('hidden')
  }
  const network = () => (navigator.onLine ? resume : pause)('offline')
  document.addEventListener('visibilitychange', visibility, { signal })
  addEventListener('pageshow', visibility, { signal })
  addEventListener('pagehide', hide, { signal })
  addEventListener('online', network, { signal })
  addEventListener('offline', network, { signal })
  visibility()
  network()
}
