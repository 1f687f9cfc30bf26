import type { Post } from '../../sdk/src/index.ts'

/** A screen full of rows may be new every so often: faster than this nobody reads. */
const SCREEN_MS = 3_000
/** What the smallest of screens is taken for. */
const ROWS_MIN = 6

/**
 * How many posts a second a screen can show so that they can be read: its rows in 3 s. Of more, each post has the same chance,
 * and own posts always stand. At least one of each packet is shown.
 */
export class Pace {
  readonly #random: () => number
  #allowance = Number.POSITIVE_INFINITY
  #lastMs = 0

  constructor({ random }: { random: () => number }) {
    this.#random = random
  }

  /**
   * Those of a packet's posts that are shown, in their order, and how many more there were.
   * @param n How many there were before the server sampled. @param rows Those that fit on the screen. @param now Milliseconds.
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

  /** Fisher and Yates, as far as there is room. */
  #draw(posts: Post[], room: number): Set<Post> {
    for (let i = 0; i < room; i++) {
      const from = i + Math.floor(this.#random() * (posts.length - i))
      ;[posts[i], posts[from]] = [posts[from]!, posts[i]!]
    }
    return new Set(posts.slice(0, room))
  }
}
