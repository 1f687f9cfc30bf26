import type { Roar, ShowDocument } from '../../sdk/src/index.ts'
import { button, element, silent } from '../dom/element.ts'
import { load, loadOnce } from '../load/load.ts'
import type { Party, PartyOptions } from './party.ts'

export type RoomEntryOptions = Omit<PartyOptions, 'entry'>

/**
 * Access to rooms: a button, an invitation link, and the room from before a reload. The code of a room is loaded once somebody
 * wants one.
 */
export class RoomEntry {
  readonly #options: RoomEntryOptions
  readonly #start = button('room-start', silent(element('span', 'room-icon', '👥')))
  readonly #words = element('span', 'room-start-words')
  #loading: Promise<Party> | undefined
  #allowed = false
  #party: Party | undefined
  #client: Roar | undefined
  #stickers: ShowDocument['stickers'] = []

  constructor(options: RoomEntryOptions) {
    this.#options = options
    this.#start.append(this.#words)
    this.#start.hidden = true
    options.host.append(this.#start)
    this.#start.addEventListener('click', () => void this.#enter((party) => party.make(), loadOnce))
    // Following a link on the page itself does not reload it.
    addEventListener('hashchange', () => this.#allowed && this.#followLink())
    this.speak()
  }

  /** The room, if this viewer is in one. */
  get party(): Party | undefined {
    return this.#party?.isIn ? this.#party : undefined
  }

  setStickers(stickers: ShowDocument['stickers']): void {
    this.#stickers = stickers
    this.#party?.setStickers(stickers)
  }

  speak(): void {
    this.#words.textContent = this.#options.words.say('roomStart')
    this.#party?.speak()
  }

  /** Whether the show has rooms. If so, viewers who were in one or have a link enter. */
  allow(allowed: boolean): void {
    const isFirst = this.#start.hidden && this.#loading === undefined
    this.#allowed = allowed
    this.#showStart()
    if (!allowed || !isFirst) return
    const room = this.#options.kept(`room.${this.#options.show}`)
    if (!this.#followLink() && room !== undefined) void this.#enter((party) => party.enter(room))
  }

  #followLink(): boolean {
    const { hash } = location
    const isLink = hash.startsWith('#room=')
    if (isLink) void this.#enter((party) => party.invite(hash))
    return isLink
  }

  #showStart(): void {
    this.#start.hidden = !this.#allowed || this.party !== undefined
  }

  /** The page has a new connection. */
  follow(client: Roar): void {
    this.#client = client
    this.#party?.follow(client)
  }

  /**
   * @param how After a failure, a viewer who pressed may press again; one who was in a room or has a link enters once the network
   * is back.
   */
  async #enter(
    go: (party: Party) => Promise<void>,
    how: typeof load | typeof loadOnce = load,
  ): Promise<void> {
    this.#start.disabled = true
    try {
      this.#loading ??= this.#load(how)
      await go(await this.#loading)
    } catch (cause) {
      // The network is down: the next press retries.
      this.#loading = undefined
      this.#options.note(this.#options.words.say('notConnected'))
      console.warn('roar: rooms cannot be loaded', cause)
    } finally {
      this.#start.disabled = false
    }
  }

  async #load(how: typeof load | typeof loadOnce): Promise<Party> {
    const { url, show } = this.#options
    const loaded = await how<typeof import('./party.ts')>(`${url}/room.js`)
    this.#party = new loaded!.Party({
      ...this.#options,
      entry: {
        entered: (room) => {
          this.#options.keep(`room.${show}`, room)
          this.#showStart()
        },
      },
    })
    this.#party.setStickers(this.#stickers)
    if (this.#client) this.#party.follow(this.#client)
    return this.#party
  }
}
