import type { Platform } from './platform.ts'

/** A page's life-cycle events, for a client. */
export interface PageEvents {
  /** The page may be gone the next moment. */
  leave(): void
  pause(reason: string): void
  resume(reason: string): void
}

/** Looking at another tab for a moment must not cost a reconnect. */
const HIDDEN_MS = 5_000
/** How long a browser that reports no network is trusted: it may be wrong, or never report that it is back. */
const OFFLINE_MS = 15_000
/** A phone between two networks says so again and again: for this long its last return stands. Twice the wait after a return. */
const RETURN_MS = 10_000

/**
 * Watches the page, if there is one, until its signal aborts.
 *
 * Taps are sent as soon as the page is hidden: on phones that is the last event a page gets. `pagehide` closes the connection at
 * once, so that the page can be kept for the back button.
 */
export function watchPage(
  { leave, pause, resume }: PageEvents,
  { after, now }: Pick<Platform, 'after' | 'now'>,
  until: { signal: AbortSignal },
): void {
  if (!globalThis.document) return
  let cancel = () => {}
  let cancelNetwork = () => {}
  let returnedAt = -RETURN_MS
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
  const changed = () => {
    // Even if nothing was paused: a wait for the network starts again, and an open connection belongs to the old network.
    pause('offline')
    if (navigator.onLine) returnedAt = now()
    cancelNetwork = after(navigator.onLine ? 0 : OFFLINE_MS, () => resume('offline'))
  }
  const network = () => {
    cancelNetwork()
    cancelNetwork = after(returnedAt + RETURN_MS - now(), changed)
  }
  document.addEventListener('visibilitychange', visibility, until)
  addEventListener('pageshow', visibility, until)
  addEventListener('pagehide', hide, until)
  addEventListener('online', network, until)
  addEventListener('offline', network, until)
  visibility()
  if (!navigator.onLine) changed()
}
