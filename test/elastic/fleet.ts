import type { Subprocess } from 'bun'
import { freePorts } from '../../deploy/programs/ports.ts'
import { temporaryFolder } from '../embedded.ts'
import { spawnRoar } from '../roar-process.ts'
import { EdgeProcess } from './edge-process.ts'
import { type EdgeNumbers, edgesWanted, emptiest, type RuleSettings } from './rule.ts'

const SECRET = 'a secret of relays'
const TAP_MS = 200

export interface FleetOptions extends RuleSettings {
  /** Viewers of one edge. */
  limit: number
  /** Duration of a packet. */
  windowMs: number
  /**
   * Pause between removing two edges: the first one's viewers should have arrived at the others, and not be moved again and
   * again.
   */
  settleMs: number
}

/** `roar up` with a constant tapper, and below it edges that a rule on their exported metrics adds and removes. */
export class ElasticFleet {
  readonly url: string
  readonly #options: FleetOptions
  readonly #folder: ReturnType<typeof temporaryFolder>
  readonly #root: Subprocess
  readonly #upstream: string
  readonly #edges: EdgeProcess[] = []
  readonly #leaving = new Set<Promise<void>>()
  readonly #tap: Timer

  private constructor(
    options: FleetOptions,
    at: {
      folder: ReturnType<typeof temporaryFolder>
      root: Awaited<ReturnType<typeof spawnRoar>>
      mqttPort: number
    },
  ) {
    this.#options = options
    this.#folder = at.folder
    this.#root = at.root.process
    this.url = at.root.url
    this.#upstream = `mqtt://relay:${encodeURIComponent(SECRET)}@127.0.0.1:${at.mqttPort}`
    this.#tap = setInterval(() => {
      const burst = { method: 'POST', body: '{"stickers":{"heart":1}}' }
      // The next one comes soon.
      fetch(`${this.url}/v1/shows/final/reactions`, burst).catch(() => {})
    }, TAP_MS)
  }

  static async start(options: FleetOptions): Promise<ElasticFleet> {
    const folder = temporaryFolder()
    const ports = await freePorts(options.edgesMin + 1)
    const [mqttPort, ...edgePorts] = ports as [number, ...number[]]
    const flags = [
      ...['--data', folder.path, '--mqtt-port', `${mqttPort}`, '--relay-secret', SECRET],
      ...['--window-ms', `${options.windowMs}`],
      // If no edge has room, viewers keep asking one, and not the root.
      ...['--pubsub-urls', `ws://127.0.0.1:${edgePorts[0]}/mqtt`],
    ]
    const fleet = new ElasticFleet(options, { folder, root: await spawnRoar(...flags), mqttPort })
    await Promise.all(edgePorts.map((port) => fleet.#add(port)))
    return fleet
  }

  get size(): number {
    return this.#edges.length
  }

  /** How many edges are draining. */
  get leaving(): number {
    return this.#leaving.size
  }

  async #add(port: number): Promise<void> {
    const { limit } = this.#options
    this.#edges.push(await EdgeProcess.start({ port, upstream: this.#upstream, limit }))
  }

  numbers(): Promise<EdgeNumbers[]> {
    return Promise.all(this.#edges.map((edge) => edge.numbers()))
  }

  /** Adds edges, or removes one, according to the rule. Returns the rule's input and result. */
  async applyRule(): Promise<{ connections: number[]; wanted: number }> {
    const numbers = await this.numbers()
    const wanted = edgesWanted(numbers, this.#options)
    if (wanted > this.size)
      await Promise.all((await freePorts(wanted - this.size)).map((port) => this.#add(port)))
    // One at a time: its viewers are counted at the others before the next is removed.
    else if (wanted < this.size && this.#leaving.size === 0) {
      const [edge] = this.#edges.splice(emptiest(numbers), 1) as [EdgeProcess]
      const gone: Promise<void> = this.#drain(edge).then(() => void this.#leaving.delete(gone))
      this.#leaving.add(gone)
    }
    return { connections: numbers.map(({ connections }) => connections), wanted }
  }

  async #drain(edge: EdgeProcess): Promise<void> {
    await edge.drain()
    await Bun.sleep(this.#options.settleMs)
  }

  async close(): Promise<void> {
    clearInterval(this.#tap)
    await Promise.all([...this.#leaving, ...this.#edges.map((edge) => edge.drain())])
    this.#root.kill()
    await this.#root.exited
    this.#folder.remove()
  }
}
