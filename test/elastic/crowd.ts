import type { Subprocess } from 'bun'
import type { Told } from './watchers.ts'

interface Part {
  child: Subprocess
  size: number
  live: number
  told: Promise<Told>
}

/** Viewers that run the SDK, in several processes. */
export class Crowd {
  readonly #parts: Part[]

  constructor(url: string, processes: number) {
    this.#parts = Array.from({ length: processes }, () => partOf(url))
  }

  get size(): number {
    return this.#sum(({ size }) => size)
  }

  /** How many are live, by their last reports. */
  get live(): number {
    return this.#sum(({ live }) => live)
  }

  #sum(of: (part: Part) => number): number {
    return this.#parts.reduce((sum, part) => sum + of(part), 0)
  }

  join(count: number): void {
    this.#become(this.size + count)
  }

  leave(count: number): void {
    this.#become(this.size - count)
  }

  /** Divides the total, not the change, so that all parts are equal to within one. */
  #become(size: number): void {
    const { length } = this.#parts
    for (const [i, part] of this.#parts.entries()) {
      const more = Math.floor((size + i) / length) - part.size
      part.size += more
      part.child.send(more > 0 ? { join: more } : { leave: -more })
    }
  }

  /** What all of them missed. Each viewer is compared with the others in its process. */
  async close(): Promise<Told> {
    for (const { child } of this.#parts) child.send({ close: true })
    const told = await Promise.all(this.#parts.map(({ told }) => told))
    const sum = (of: (one: Told) => number) => told.reduce((total, one) => total + of(one), 0)
    return {
      packets: Math.max(...told.map(({ packets }) => packets)),
      moves: sum(({ moves }) => moves),
      gaps: sum(({ gaps }) => gaps),
      longestMs: worst(told).longestMs,
      longest: worst(told).longest,
      unexplained: sum(({ unexplained }) => unexplained),
    }
  }
}

const worst = (told: Told[]): Pick<Told, 'longestMs' | 'longest'> =>
  told.reduce((worst, one) => (one.longestMs > worst.longestMs ? one : worst))

function partOf(url: string): Part {
  const { promise, resolve, reject } = Promise.withResolvers<Told>()
  const script = Bun.fileURLToPath(new URL('./crowd-process.ts', import.meta.url))
  const child = Bun.spawn([process.execPath, script, url], {
    stdio: ['ignore', 'inherit', 'inherit'],
    ipc(message: { live?: number; told?: Told }) {
      part.live = message.live ?? part.live
      if (message.told) resolve(message.told)
    },
    onExit: () => reject(new Error('some of the crowd ended early')),
  })
  const part: Part = { child, size: 0, live: 0, told: promise }
  return part
}
