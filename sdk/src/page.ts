/** What a page's life means to a client. */
export interface PageEvents {
  /** The page may be gone the next moment. */
  leave(): void
  pause(reason: string): void
  resume(reason: string): void
}

/** A look at another tab and back does not cost a reconnect. */
const HIDDEN_MS = 5_000
/** A browser that says there is no network is believed for this long: it may be wrong, or never say that one is back. */
const OFFLINE_MS = 15_000

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
  if (!globalThis.document) return
  let cancel = () => {}
  let cancelOffline = () => {}
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
  const network = () => {
    // Also where nothing was paused: what waits for a network waits anew, and what is open is of the one before.
    cancelOffline()
    pause('offline')
    cancelOffline = after(navigator.onLine ? 0 : OFFLINE_MS, () => resume('offline'))
  }
  document.addEventListener('visibilitychange', visibility, { signal })
  addEventListener('pageshow', visibility, { signal })
  addEventListener('pagehide', hide, { signal })
  addEventListener('online', network, { signal })
  addEventListener('offline', network, { signal })
  visibility()
  if (!navigator.onLine) network()
}
