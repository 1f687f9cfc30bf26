import type { PollPacket, Roar, ShowDocument } from '../../sdk/src/index.ts'
import { load } from '../load/load.ts'
import type { Polls, PollsOptions } from './polls.ts'

/**
 * Receives a show's polls. The code that shows them, and votes, is loaded once there is one: until then the newest packet of each
 * is kept, so no more than a show has polls.
 */
export class PollEntry {
  readonly #options: PollsOptions
  readonly #packets = new Map<string, PollPacket>()
  #document: ShowDocument | undefined
  #loading = false
  #polls: Polls | undefined
  readonly #closing = new AbortController()

  constructor(options: PollsOptions) {
    this.#options = options
  }

  /** Follows a client from now on instead of the previous one, while `isCurrent`. */
  follow(client: Roar, isCurrent: () => boolean): void {
    const { signal } = this.#closing
    client.on('show', (document) => isCurrent() && this.#onShow(document), { signal })
    client.on('poll', (packet) => isCurrent() && this.#onPacket(packet), { signal })
    client.on('status', ({ state }) => isCurrent() && this.#polls?.onStatus(state), { signal })
    const known = client.show()
    if (known !== undefined) this.#onShow(known)
  }

  /** Renders all texts again, in the current language. */
  speak(): void {
    this.#polls?.speak()
  }

  close(): void {
    this.#closing.abort()
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

  async #load(): Promise<void> {
    if (this.#loading) return
    this.#loading = true
    const { signal } = this.#closing
    const loaded = await load<typeof import('./polls.ts')>(`${this.#options.url}/poll.js`, { signal })
    if (!loaded) return
    const polls = new loaded.Polls(this.#options)
    this.#polls = polls
    if (this.#document) polls.onShow(this.#document)
    for (const packet of this.#packets.values()) polls.onPacket(packet)
    this.#packets.clear()
  }
}
