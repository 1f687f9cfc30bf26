import { guest } from '../../sdk/src/index.ts'

interface Guest {
  name: string
  viewer: string
  token: string
}

export interface GuestIdentityOptions {
  url: string
  /** Storage key: pages with the same key are the same guest. */
  key: string
  kept(key: string): string | undefined
  keep(key: string, value: string | undefined): void
}

/**
 * Who this browser is as a guest, for all of its pages: the stored value always counts, and only one page at a time requests a
 * token. The token is used until the server refuses it; this device's clock, which may be a year off, is not consulted.
 */
export class GuestIdentity {
  readonly #options: GuestIdentityOptions
  #text: string | undefined
  #guest: Guest | undefined

  constructor(options: GuestIdentityOptions) {
    this.#options = options
  }

  get viewer(): string {
    return this.#known()?.viewer ?? ''
  }

  /** The current token; if it is the one the server refused, undefined, and the next post or vote requests another. */
  readonly token = (refused?: string): string | undefined => {
    const known = this.#known()?.token
    if (known === undefined || known !== refused) return known
    this.#options.keep(this.#options.key, undefined)
    return undefined
  }

  /** Ensures that there is a token for this name; requested with the first post or vote, not before. Rejects with `RoarError`. */
  async become(name: string): Promise<void> {
    const { url, key, keep } = this.#options
    if (this.#known()?.name === name) return
    await inTurn(key, async () => {
      if (this.#known()?.name === name) return
      const { viewer, token } = await guest({ url, name })
      // Without locks another page may have been faster.
      if (this.#known()?.name !== name) keep(key, JSON.stringify({ name, viewer, token } satisfies Guest))
    })
  }

  #known(): Guest | undefined {
    const text = this.#options.kept(this.#options.key)
    if (text !== this.#text) {
      this.#text = text
      this.#guest = text === undefined ? undefined : parseGuest(text)
    }
    return this.#guest
  }
}

/** One page of this browser at a time, if the browser supports locks: over https, and on localhost. */
async function inTurn(name: string, work: () => Promise<void>): Promise<void> {
  const { locks } = navigator as Partial<Navigator>
  let begun = false
  const turn = () => {
    begun = true
    return work()
  }
  try {
    await (locks ? locks.request(`roar.${name}`, turn) : turn())
  } catch (cause) {
    if (begun) throw cause
    // A page without an origin cannot use locks.
    await turn()
  }
}

function parseGuest(text: string): Guest | undefined {
  try {
    const { name, viewer, token } = (JSON.parse(text) ?? {}) as Partial<Guest>
    const known = typeof name === 'string' && typeof viewer === 'string' && typeof token === 'string'
    return known ? { name, viewer, token } : undefined
  } catch {
    // Written by another version of this page, or by hand: requesting a new one costs one request.
    return undefined
  }
}
