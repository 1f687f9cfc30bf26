import { ServerClock } from '../../protocol/server-clock.ts'
import { connect, type Roar } from '../../sdk/src/index.ts'
import { inStep, type Player, programmeTime } from '../../sdk/src/player/index.ts'
import { ownNow } from '../dom/own-now.ts'
import type { Stay } from './roar-element.ts'

/** The picture on the page's stage, with which the other elements are synchronised. */
interface Picture {
  player(): Player | undefined
  delayMs(): number | undefined
}

export interface Shared {
  client: Roar
  /** Server time, milliseconds since 1970. */
  serverNow(): number
  /** Registers a picture on the stage until the signal aborts; the newest one counts. */
  setPicture(picture: Picture, signal: AbortSignal): void
}

const all = new Map<string, { shared: Shared; users: number }>()

/**
 * The client of a show for elements that only listen: all elements of one server and show share it, and it closes with the last
 * of them. It is synchronised with the picture on their stage, so that no element shows what another has yet to show.
 */
export function listen({ url, show, signal, follow }: Stay): Shared | undefined {
  let shared: Shared | undefined
  const client = follow(() => {
    shared = share(url, show, signal)
    return shared.client
  })
  return client && shared
}

function share(url: string, show: string, signal: AbortSignal): Shared {
  const key = JSON.stringify([url, show])
  const entry = all.get(key) ?? { shared: open(url, show), users: 0 }
  all.set(key, entry)
  entry.users++
  signal.addEventListener('abort', () => {
    if (--entry.users > 0) return
    all.delete(key)
    entry.shared.client.close()
  })
  return entry.shared
}

/** Throws `TypeError` for an invalid show id. */
function open(url: string, show: string): Shared {
  const clock = new ServerClock()
  const pictures: Picture[] = []
  const client = inStep(
    {
      player: () => programmeTime(pictures.at(-1)?.player()),
      delayMs: () => pictures.at(-1)?.delayMs(),
    },
    (delayMs) => {
      const live = connect({
        ...{ url, show, delayMs },
        topics: ['mood', 'feed', 'show', 'polls/+', 'viewers'],
      })
      // Read the server's time from live messages, not from those held back.
      live.on('mood', (mood) => clock.packet(mood, ownNow()))
      live.on('status', ({ state }) => state === 'waiting' && clock.reconnected())
      return live
    },
  )
  return {
    client,
    serverNow: () => clock.now(ownNow()),
    setPicture(picture, signal) {
      pictures.push(picture)
      signal.addEventListener('abort', () => pictures.splice(pictures.indexOf(picture), 1))
    },
  }
}
