/** What the client takes from its surroundings. Tests hand in their own; everyone else leaves it out. */
export interface Platform {
  /** Milliseconds on a clock that only goes forward, from any zero: the device's own may be set at any moment. */
  now(): number
  /** At least 0, less than 1. */
  random(): number
  /** Calls back once, `ms` from now. Returns the function that calls it off. */
  after(ms: number, callback: () => void): () => void
  fetch(url: string, init?: RequestInit): Promise<Response>
  /** `undefined` where there is none (Node before 22): the client then listens by Server-Sent Events. */
  WebSocket: (new (url: string, protocol: string) => WebSocket) | undefined
}

/** Looked up when a client connects, not at import: a page may bring its globals late. */
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
