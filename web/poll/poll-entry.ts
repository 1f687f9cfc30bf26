import { type Backoff, backoffMs } from '../../protocol/backoff.ts'
import type { PollPacket, Roar, ShowDocument } from '../../sdk/src/index.ts'
import type { Polls, PollsOptions } from './polls.ts'

const RETRY: Backoff = { firstMs: 1_000, maxMs: 30_000 }

/**
 * What is heard of a show's polls. What shows them, and votes, is loaded once there is one: until then the newest of each is kept,
 * so no more than a show has polls.
 */
export class PollEntry {
  readonly #options: PollsOptions
  readonly #packets = new Map<string, PollPacket>()
  #document: ShowDocument | undefined
  #loading = false
  #polls: Polls | undefined
  #retry: ReturnType<typeof setTimeout> | undefined
  #isClosed = false

  constructor(options: PollsOptions) {
    this.#options = options
  }

  /** Follows a client from now on, in place of the one before. `isCurrent` says until when. */
  follow(client: Roar, isCurrent: () => boolean): void {
    client.on('show', (document) => isCurrent() && this.#onShow(document))
    client.on('poll', (packet) => isCurrent() && this.#onPacket(packet))
    client.on('status', ({ state }) => isCurrent() && state === 'live' && this.#polls?.onLive())
    const known = client.show()
    if (known !== undefined) this.#onShow(known)
  }

  /** Says everything anew, in the language as it is now. */
  speak(): void {
    this.#polls?.speak()
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#retry)
    this.#polls?.close()
  }

  #onShow(document: ShowDocument): void {
    this.#document = document
    if (this.#polls) this.#polls.onShow(document)
    else if (document.polls.length > 0) void this.#load()
  }

  #onPacket(packet: PollPacket): void {
    if (this.#polls) this.#polls.onPacket(packet)
    else {
      this.#packets.set(packet.poll, packet)
      void this.#load()
    }
  }

  async #load(failures = 0): Promise<void> {
    if (this.#loading) return
    this.#loading = true
    try {
      const { Polls }: typeof import('./polls.ts') = await import(`${this.#options.url}/poll.js`)
      if (this.#isClosed) return
      const polls = new Polls(this.#options)
      this.#polls = polls
      if (this.#document) polls.onShow(this.#document)
      for (const packet of this.#packets.values()) polls.onPacket(packet)
      this.#packets.clear()
    } catch (cause) {
      // The network is away: a poll is worth asking again.
      console.warn('roar: the poll cannot be loaded', cause)
      this.#loading = false
      this.#retry = setTimeout(
        () => void this.#load(failures + 1),
        backoffMs(failures + 1, RETRY, Math.random),
      )
    }
  }
}
