/** The platform functions that the client uses. Only tests pass their own. */
export interface Platform {
  /** Milliseconds on a monotonic clock, from any zero: the device's own may be set at any moment. */
  now(): number
  /** At least 0, less than 1. */
  random(): number
  /** Calls back once, `ms` from now. Returns a function that cancels. */
  after(ms: number, callback: () => void): () => void
  fetch(url: string, init?: RequestInit): Promise<Response>
  /** `undefined` if there is none (Node before 22): the client then uses Server-Sent Events. */
  WebSocket: (new (url: string, protocol: string) => WebSocket) | undefined
}

/** Evaluated when a client connects, not at import: a page may define its globals late. */
export const ownPlatform = (): Platform => ({
  now: () => performance.now(),
  random: Math.random,
  after(ms, callback) {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
  fetch: (url, init) => fetch(url, init),
  WebSocket: globalThis.WebSocket,
})
