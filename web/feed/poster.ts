import { guest } from '../../sdk/src/index.ts'

/** A token this near to its end is renewed before the next post. */
const RENEW_MS = 60_000

interface Guest {
  name: string
  viewer: string
  token: string
  expires: number
}

/** Holds the viewer's name and the guest's token that carries it. A token is asked for with the first post, not before. */
export class Poster {
  readonly #url: string
  readonly #keep: (guest: string) => void
  #guest: Guest | undefined

  /** @param options.kept What `keep` was given on an earlier visit; anything else is ignored. */
  constructor({
    url,
    kept,
    keep,
  }: { url: string; kept?: string | undefined; keep: (guest: string) => void }) {
    this.#url = url
    this.#keep = keep
    this.#guest = parseGuest(kept)
  }

  get viewer(): string {
    return this.#guest?.viewer ?? ''
  }

  get token(): string | undefined {
    return this.#guest?.token
  }

  /** Makes sure there is a token for this name. Rejects with `RoarError`. */
  async become(name: string): Promise<void> {
    const known = this.#guest
    if (known && known.name === name && known.expires - Date.now() > RENEW_MS) return
    const { viewer, token, expires } = await guest({ url: this.#url, name })
    this.#guest = { name, viewer, token, expires }
    this.#keep(JSON.stringify(this.#guest))
  }

  /** The server does not know the token any more: the next post asks for a new one. */
  forget(): void {
    this.#guest = undefined
  }
}

function parseGuest(text: string | undefined): Guest | undefined {
  if (text === undefined) return undefined
  try {
    const guest = JSON.parse(text) as Partial<Guest> | null
    const { name, viewer, token, expires } = guest ?? {}
    if (typeof name !== 'string' || typeof viewer !== 'string') return undefined
    return typeof token === 'string' && typeof expires === 'number'
      ? { name, viewer, token, expires }
      : undefined
  } catch {
    // Written by another version of this page, or by hand: a new one costs one request.
    return undefined
  }
}
