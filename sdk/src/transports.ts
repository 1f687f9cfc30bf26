import { TOPIC_ROOT } from '../../protocol/topics.ts'
import { type LinkEvents, type Loss, lossBy, parsePacket } from './link.ts'
import type { ConnectionEvent, Transport } from './machine.ts'
import { openMqtt } from './mqtt.ts'
import type { Platform } from './platform.ts'
import { openPolling } from './polling.ts'
import { refusal } from './request.ts'

/** Until MQTT has its SUBACK and a stream its first byte: the most that a proxy costs that passes nothing on. */
export const OPEN_MS_MAX = 5_000

interface Options {
  platform: Platform
  /** The server's address. */
  server: string
  /** The show's. */
  url: string
  show: string
  topics: readonly string[]
  packet: LinkEvents['packet']
}

/** The transports for one show. */
export function transportsOf({ platform, server, url, show, topics, packet }: Options) {
  /**
   * A server behind a proxy may not know its own address. This client has just reached it, so if the address that it named fails,
   * this one is worth a try.
   */
  const own = `${server.replace(/^http/, 'ws')}/mqtt`
  let addresses: string[] = []
  let last: string | undefined
  /** The address that the server redirected to. */
  let elsewhere: string | undefined

  /** Removes an address that must not be tried again, and MQTT from the ladder once none is left. */
  function strike(): Partial<Loss> | false {
    addresses = addresses.filter((address) => address !== last)
    return addresses.length > 0 && { next: 'reconnect' }
  }

  function open(transport: Transport, events: LinkEvents): () => void {
    if (transport === 'polling') return openPolling(platform, `${url}/mood`, events)
    if (transport === 'sse') return openEvents(events)
    // Chosen anew for each try, so that the addresses share the crowd: a different one than before, if there is one.
    const others = addresses.filter((address) => address !== last)
    last = elsewhere ?? others[(platform.random() * others.length) | 0] ?? own
    return openMqtt(platform, { url: last, prefix: `${TOPIC_ROOT}/${show}/`, topics }, events)
  }

  /**
   * Most viewers never need Server-Sent Events, so the module is loaded on demand. If that fails there is polling, and the next
   * try uses its other file: Firefox and Safari remember a module that failed to load for as long as the page is open.
   */
  let again = false
  function openEvents(events: LinkEvents): () => void {
    let close: (() => void) | undefined = () => {}
    const file = again ? import('./sse-again.ts') : import('./sse.ts')
    file.then(
      ({ openSse }) => {
        if (close) close = openSse(platform, url, events, { topics, parsePacket, refusal, lossBy })
      },
      () => {
        again = !again
        events.lost({ next: 'reconnect', code: 'network' })
      },
    )
    return () => {
      close?.()
      close = undefined
    }
  }

  return {
    /** Sets the addresses of the show document, each repeated by its weight. */
    setAddresses(pubsub: readonly string[], weight?: readonly number[]): void {
      addresses = pubsub.flatMap((address, i) =>
        /^wss?:/.test(address) ? Array(weight?.[i] ?? 1).fill(asThePageMay(address)) : [],
      )
    },
    /** Opens a transport and reports events, until the returned function is called. */
    open(transport: Transport, tell: (event: ConnectionEvent) => void): () => void {
      let close = () => {}
      let late = () => {}
      const lost = (loss: Loss) => {
        late()
        // An edge that was named may have stopped since: another is tried at once, not after a backoff. One that names the next
        // has not: whoever is sent on and on slows down.
        if (elsewhere && !loss.to) loss.retryAfterMs ??= 1
        elsewhere = loss.to
        tell({ type: 'lost', ...loss, ...(transport === 'mqtt' && loss.next === 'give-up' && strike()) })
      }
      const opened = () => {
        late()
        // A single address may be used again.
        if (addresses.length === 1) last = undefined
        tell({ type: 'opened' })
      }
      if (transport !== 'polling') {
        late = platform.after(OPEN_MS_MAX, () => {
          close()
          lost({ next: 'reconnect', code: 'silent' })
        })
      }
      try {
        close = open(transport, { opened, packet, lost })
      } catch {
        // The browser forbids this address, or there is no WebSocket (Node before 22).
        lost({ next: 'give-up', code: 'lost' })
      }
      return () => {
        late()
        close()
      }
    },
  }
}

/** A page loaded over https may not open `ws:`. */
const asThePageMay = (address: string): string =>
  globalThis.location?.protocol === 'https:' ? address.replace(/^ws:/, 'wss:') : address
