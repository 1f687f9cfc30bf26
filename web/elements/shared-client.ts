import { ServerClock } from '../../protocol/server-clock.ts'
import { connect, type Roar } from '../../sdk/src/index.ts'
import { inStep, type Player, programmeTime } from '../../sdk/src/player/index.ts'
import { ownNow } from '../dom/own-now.ts'
import type { Stay } from './roar-element.ts'

/** What is on the page's stage: the picture that the others wait for, too. */
interface Picture {
  player(): Player | undefined
  delayMs(): number | undefined
}

export interface Shared {
  client: Roar
  /** The server's time, milliseconds since 1970. */
  serverNow(): number
  /** The server's time of the picture on the stage; undefined while it is not known how far it is behind. */
  pictureNow(): number | undefined
  /** Puts a picture on the stage, until the signal aborts: the newest holds. */
  setPicture(picture: Picture, signal: AbortSignal): void
}

const all = new Map<string, { shared: Shared; users: number }>()

/**
 * The client of a show for whoever listens and nothing more: all elements of one server and show have the same, which closes with
 * the last of them. It is in step with the picture on their stage, so that none of them tells what another has yet to show.
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

/** Throws `TypeError` for what cannot be a show. */
function open(url: string, show: string): Shared {
  const clock = new ServerClock()
  const pictures: Picture[] = []
  let behindMs: () => number | undefined = () => undefined
  const client = inStep(
    {
      player: () => programmeTime(pictures.at(-1)?.player()),
      delayMs: () => pictures.at(-1)?.delayMs(),
    },
    (delayMs) => {
      behindMs = delayMs
      const live = connect({
        ...{ url, show, delayMs },
        topics: ['mood', 'feed', 'show', 'polls/+', 'viewers'],
      })
      // The server's time is in what it says now, not in what is held back.
      live.on('mood', (mood) => clock.packet(mood, ownNow()))
      live.on('status', ({ state }) => state === 'waiting' && clock.reconnected())
      return live
    },
  )
  const serverNow = () => clock.now(ownNow())
  return {
    client,
    serverNow,
    pictureNow() {
      const behind = behindMs()
      return behind === undefined ? undefined : serverNow() - behind
    },
    setPicture(picture, signal) {
      pictures.push(picture)
      signal.addEventListener('abort', () => pictures.splice(pictures.indexOf(picture), 1))
    },
  }
}
