import type { Log, LogReader, StoredRecord } from '../../adapters/log/log.ts'

/** What cells of reactions and of tallies have in common. */
interface Versioned {
  count: number
  version: number
}

/** Reads counts as a consumer should, and checks their guarantees. */
export class Counted {
  readonly cells = new Map<string, Versioned>()
  /** Versions of a key that arrived with two different counts: must stay empty. */
  readonly contradictions: string[] = []
  /** Cells that arrived again unchanged. */
  repeated = 0
  /** When Kafka received the cells of each version, each for the first time. */
  readonly takenMs = new Map<number, Set<number>>()
  readonly #said = new Map<string, string>()
  readonly #reader: LogReader
  #wake: (() => void)[] = []

  constructor(log: Log, topic: 'counts' | 'tallies' = 'counts') {
    this.#reader = log.consume(topic, this.#take)
  }

  get total(): number {
    return [...this.cells.values()].reduce((sum, { count }) => sum + count, 0)
  }

  /** Each count by its key. */
  get counts(): Record<string, number> {
    return Object.fromEntries([...this.cells].map(([key, { count }]) => [key, count]))
  }

  /** Resolves once the counts fulfil a condition. */
  async until(condition: (counted: Counted) => boolean): Promise<void> {
    while (!condition(this)) await new Promise<void>((wake) => this.#wake.push(wake))
  }

  close(): Promise<void> {
    return this.#reader.close()
  }

  #take = (batch: StoredRecord[]): void => {
    for (const { key, value, timestampMs } of batch) {
      const text = new TextDecoder().decode(value)
      const cell = JSON.parse(text) as Versioned
      const name = `${key}@${cell.version}`
      const said = this.#said.get(name)
      if (said === text) this.repeated++
      else if (said !== undefined) this.contradictions.push(`${said} and ${text}`)
      else this.takenMs.set(cell.version, (this.takenMs.get(cell.version) ?? new Set()).add(timestampMs))
      this.#said.set(name, text)
      const older = this.cells.get(key!)
      if (older === undefined || older.version <= cell.version) this.cells.set(key!, cell)
    }
    for (const wake of this.#wake.splice(0)) wake()
  }
}
