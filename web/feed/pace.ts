import type { Post } from '../../sdk/src/index.ts'

/** A full screen of rows may be replaced this often; nobody reads faster. */
const SCREEN_MS = 3_000
/** Rows assumed on the smallest screen. */
const ROWS_MIN = 6

/**
 * How many posts per second can be read: a screen of rows in 3 s. Beyond that, posts are sampled with equal chances; own posts
 * are always shown, and at least one of each packet.
 */
export class Pace {
  readonly #random: () => number
  #allowance = Number.POSITIVE_INFINITY
  #lastMs = 0

  constructor({ random }: { random: () => number }) {
    this.#random = random
  }

  /**
   * The posts of a packet that are shown, in order, and how many others there were.
   * @param n How many there were before the server sampled. @param rows How many fit on the screen. @param now Milliseconds.
   */
  take(
    posts: readonly Post[],
    { n, rows, now, isOwn }: { n: number; rows: number; now: number; isOwn: (post: Post) => boolean },
  ): { shown: Post[]; more: number } {
    const screen = Math.max(ROWS_MIN, rows)
    this.#allowance = Math.min(screen, this.#allowance + ((now - this.#lastMs) * screen) / SCREEN_MS)
    this.#lastMs = now
    const others = posts.filter((post) => !isOwn(post))
    const room = Math.min(others.length, Math.max(1, Math.floor(this.#allowance)))
    this.#allowance = Math.max(0, this.#allowance - room)
    const chosen = this.#draw(others, room)
    const shown = posts.filter((post) => isOwn(post) || chosen.has(post))
    return { shown, more: Math.max(n, posts.length) - shown.length }
  }

  /** Fisher-Yates, only as far as there is room. */
  #draw(posts: Post[], room: number): Set<Post> {
    for (let i = 0; i < room; i++) {
      const from = i + Math.floor(this.#random() * (posts.length - i))
      ;[posts[i], posts[from]] = [posts[from]!, posts[i]!]
    }
    return new Set(posts.slice(0, room))
  }
}
