import { connect, type Roar } from '../../sdk/src/index.ts'

interface Watcher {
  client: Roar
  /** `at` of the packets received, in order. */
  heard: number[]
  /** How often its connection opened. */
  opened: number
}

export interface Told {
  packets: number
  /** Connections after the first. */
  moves: number
  gaps: number
  longestMs: number
  /** Gaps beyond the viewer's number of moves. */
  unexplained: number
}

/** Viewers that run the SDK, and what each of them missed of what any of them received. */
export class Watchers {
  readonly #url: string
  readonly #here: Watcher[] = []
  readonly #all: Watcher[] = []

  constructor(url: string) {
    this.#url = url
  }

  get size(): number {
    return this.#here.length
  }

  join(): void {
    const client = connect({ url: this.#url, show: 'final', topics: ['mood'], transports: ['mqtt'] })
    const watcher: Watcher = { client, heard: [], opened: 0 }
    client.on('mood', ({ at }) => watcher.heard.push(at))
    client.on('status', ({ state }) => {
      if (state === 'live') watcher.opened++
    })
    this.#here.push(watcher)
    this.#all.push(watcher)
  }

  live(): number {
    return this.#here.filter(({ client }) => client.status().state === 'live').length
  }

  /** How many packets all current viewers have received. */
  heard(): number {
    return Math.min(...this.#here.map(({ heard }) => heard.length))
  }

  leave(count: number): void {
    for (const { client } of this.#here.splice(0, count)) client.close()
  }

  close(): Told {
    this.leave(this.#here.length)
    const published = [...new Set(this.#all.flatMap(({ heard }) => heard))].toSorted((a, b) => a - b)
    const placeOf = new Map(published.map((at, place) => [at, place]))
    const told: Told = { packets: published.length, moves: 0, gaps: 0, longestMs: 0, unexplained: 0 }
    for (const { heard, opened } of this.#all) {
      const moves = Math.max(0, opened - 1)
      const gaps = heard.flatMap((at, i) =>
        i > 0 && placeOf.get(at)! - placeOf.get(heard[i - 1]!)! !== 1 ? [at - heard[i - 1]!] : [],
      )
      told.moves += moves
      told.gaps += gaps.length
      told.longestMs = Math.max(told.longestMs, ...gaps)
      told.unexplained += Math.max(0, gaps.length - moves)
    }
    return told
  }
}
