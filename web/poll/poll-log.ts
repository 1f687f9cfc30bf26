import type { Heads, LogState } from '../../sdk/src/heads/index.ts'
import type { PollPacket } from '../../sdk/src/index.ts'
import type { Receipt } from '../../sdk/src/votes/index.ts'

/** Everybody hears of a seal in the same moment, so each asks for the certificate within this time, at random. */
const SEALED_MS_MAX = 10_000

/** What this page knows of the polls' logs of ballots. Its script comes with the first head, after the page is there. */
export class PollLog {
  readonly #address: { url: string; show: string }
  readonly #onChange: () => void
  readonly #looked = new Set<string>()
  #heads: Promise<Heads> | undefined
  #loaded: Heads | undefined

  constructor(address: { url: string; show: string }, onChange: () => void) {
    this.#address = address
    this.#onChange = onChange
  }

  packet(packet: PollPacket): void {
    if (packet.head === undefined) return
    if (this.#loaded) this.#loaded.packet(packet)
    // Without an answer the next packet is another try.
    else
      this.#load().then(
        (heads) => heads.packet(packet),
        () => {},
      )
  }

  of(poll: string): LogState | undefined {
    return this.#loaded?.of(poll)
  }

  /** Once for each sealed poll that is shown: who has seen its log. */
  sealed(poll: string): void {
    if (this.#looked.has(poll)) return
    this.#looked.add(poll)
    setTimeout(() => {
      this.check(poll).catch(() => this.#looked.delete(poll))
    }, Math.random() * SEALED_MS_MAX)
  }

  /** Rejects where there is no answer. */
  async check(poll: string, receipt?: Receipt): Promise<LogState> {
    const state = await (await this.#load()).check(poll, receipt)
    this.#onChange()
    return state
  }

  #load(): Promise<Heads> {
    this.#heads ??= this.#import().catch((cause) => {
      this.#heads = undefined
      throw cause
    })
    return this.#heads
  }

  async #import(): Promise<Heads> {
    const { heads }: typeof import('../../sdk/src/heads/index.ts') = await import(
      `${this.#address.url}/client/heads.js`
    )
    this.#loaded = heads(this.#address)
    this.#loaded.on(() => this.#onChange())
    return this.#loaded
  }
}
