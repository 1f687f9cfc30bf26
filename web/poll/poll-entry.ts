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
  readonly #closing = new AbortController()

  constructor(options: PollsOptions) {
    this.#options = options
  }

  /** Follows a client from now on, in place of the one before. `isCurrent` says until when. */
  follow(client: Roar, isCurrent: () => boolean): void {
    const { signal } = this.#closing
    client.on('show', (document) => isCurrent() && this.#onShow(document), { signal })
    client.on('poll', (packet) => isCurrent() && this.#onPacket(packet), { signal })
    client.on('status', ({ state }) => isCurrent() && state === 'live' && this.#polls?.onLive(), { signal })
    const known = client.show()
    if (known !== undefined) this.#onShow(known)
  }

  /** Says everything anew, in the language as it is now. */
  speak(): void {
    this.#polls?.speak()
  }

  close(): void {
    this.#closing.abort()
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
      if (this.#closing.signal.aborted) return
      const polls = new Polls(this.#options)
      this.#polls = polls
      if (this.#document) polls.onShow(this.#document)
      for (const packet of this.#packets.values()) polls.onPacket(packet)
      this.#packets.clear()
    } catch (cause) {
      if (this.#closing.signal.aborted) return
      // The network is away. Until the next try no packet begins another.
      console.warn('roar: the poll cannot be loaded', cause)
      this.#retry = setTimeout(
        () => {
          this.#loading = false
          void this.#load(failures + 1)
        },
        backoffMs(failures + 1, RETRY, Math.random),
      )
    }
  }
}
