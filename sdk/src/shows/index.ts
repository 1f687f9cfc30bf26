import { type ConnectOptions, connect, type Roar } from '../connect.ts'
import { ownPlatform, type Platform } from '../platform.ts'
import { shareSockets } from './shared-socket.ts'

/** Shows on one connection: each is a `Roar` of its own, and all with the same address share one socket. */
export interface Shows {
  /** Joins a show, or the same one again with another segment. Leave it by its own `close()` or `drain()`. */
  join(options: Pick<ConnectOptions, 'show'> & Partial<ConnectOptions>): Roar
  /** Closes every show that is still joined. */
  close(): void
}

/**
 * Several shows on one socket, joined and left at any time, with common options that each show may override. Throws what
 * `connect` throws, when a show is joined.
 */
export function shows(
  common: Omit<ConnectOptions, 'show' | 'segment' | 'topics'>,
  platform: Platform = ownPlatform(),
): Shows {
  const shared = {
    ...platform,
    WebSocket: platform.WebSocket && shareSockets(platform.WebSocket, platform.after),
  }
  const joined = new Set<Roar>()
  return {
    join(options) {
      const show = connect({ ...common, ...options }, shared)
      joined.add(show)
      show.on('status', ({ state }) => state === 'closed' && joined.delete(show))
      return show
    },
    close() {
      for (const show of joined) show.close()
    },
  }
}

export type { ConnectOptions, Roar, RoarEvents } from '../connect.ts'
export { RoarError } from '../error.ts'
