import { connect, type Roar } from '../../sdk/src/index.ts'

interface Watcher {
  client: Roar
  /** `at` of the packets received, in order. */
  heard: number[]
  /** How often its connection opened. */
  opened: number
  /** Its states, and when each began, by the clock of packets. */
  states: { state: string; since: number }[]
}

export interface Told {
  packets: number
  /** Connections after the first. */
  moves: number
  gaps: number
  longestMs: number
  /** What the viewer with the longest gap did meanwhile. */
  longest: string
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
    const watcher: Watcher = { client, heard: [], opened: 0, states: [] }
    client.on('mood', ({ at }) => watcher.heard.push(at))
    client.on('status', (status) => {
      if (status.state === 'live') watcher.opened++
      const why = status.state === 'waiting' ? ` (${status.code}, ${status.retryInMs} ms)` : ''
      watcher.states.push({ state: `${status.state}${why}`, since: Date.now() })
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
    const told: Told = {
      packets: published.length,
      moves: 0,
      gaps: 0,
      longestMs: 0,
      longest: '',
      unexplained: 0,
    }
    for (const { heard, opened, states } of this.#all) {
      const moves = Math.max(0, opened - 1)
      const gaps = heard.flatMap((at, i) =>
        i > 0 && placeOf.get(at)! - placeOf.get(heard[i - 1]!)! !== 1
          ? [{ from: heard[i - 1]!, to: at }]
          : [],
      )
      told.moves += moves
      told.gaps += gaps.length
      for (const { from, to } of gaps) {
        if (to - from <= told.longestMs) continue
        told.longestMs = to - from
        told.longest = during(states, from, to)
      }
      told.unexplained += Math.max(0, gaps.length - moves)
    }
    return told
  }
}

/** The states between two packets, each with how long it lasted. A packet comes a window and more after its time. */
function during(states: Watcher['states'], from: number, to: number): string {
  return states
    .flatMap(({ state, since }, i) => {
      const until = states[i + 1]?.since ?? Number.POSITIVE_INFINITY
      return until < from || since > to + LATE_MS
        ? []
        : [`${state} for ${lasted(Math.max(since, from), until)}`]
    })
    .join(', ')
}

/** How much later than its time a packet may come, on a busy machine. */
const LATE_MS = 2_000

const lasted = (since: number, until: number): string =>
  until === Number.POSITIVE_INFINITY ? 'good' : `${((until - since) / 1000).toFixed(1)} s`
