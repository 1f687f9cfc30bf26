import type { Log, LogReader, StoredRecord } from '../../adapters/log/log.ts'
import type { Cell } from '../../protocol/cell.ts'

/** Reads the counts topic as a consumer should, and checks its guarantees. */
export class Counted {
  readonly cells = new Map<string, Cell>()
  /** Versions of a key that arrived with two different counts: must stay empty. */
  readonly contradictions: string[] = []
  /** Cells that arrived again unchanged. */
  repeated = 0
  /** When Kafka received the cells of each version. */
  readonly takenMs = new Map<number, Set<number>>()
  readonly #said = new Map<string, string>()
  readonly #reader: LogReader
  #wake: (() => void)[] = []

  constructor(log: Log) {
    this.#reader = log.consume('counts', this.#take)
  }

  get total(): number {
    return [...this.cells.values()].reduce((sum, { count }) => sum + count, 0)
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
      const cell = JSON.parse(text) as Cell
      this.takenMs.set(cell.version, (this.takenMs.get(cell.version) ?? new Set()).add(timestampMs))
      const name = `${key}@${cell.version}`
      const said = this.#said.get(name)
      if (said === text) this.repeated++
      else if (said !== undefined) this.contradictions.push(`${said} and ${text}`)
      this.#said.set(name, text)
      const older = this.cells.get(key!)
      if (older === undefined || older.version <= cell.version) this.cells.set(key!, cell)
    }
    for (const wake of this.#wake.splice(0)) wake()
  }
}
