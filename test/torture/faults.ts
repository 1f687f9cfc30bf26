import type { Clock } from '../../adapters/clock/clock.ts'
import type { Log } from '../../adapters/log/log.ts'
import type { CountStore } from '../../adapters/store/store.ts'
import type { Random } from '../../load/random.ts'
import { RoarError } from '../../protocol/errors.ts'

/** What can go wrong with one call of an adapter. `none` twice: most calls go well. */
const FAULTS = ['none', 'none', 'refused', 'done and not answered', 'slow', 'hangs', 'comes late'] as const
type Fault = (typeof FAULTS)[number]

/** How long a caller waits for what hangs, and by when what comes late has come, in milliseconds. */
const LIMIT_MS = 5_000
const LATE_MS = 15_000

/** Decides, from the seed alone, which calls go wrong and how. */
export class Faults {
  readonly #random: Random
  readonly #clock: Clock
  /** The share of calls that go wrong now; 0: none. */
  rate = 0
  readonly counts = new Map<string, number>()
  /** Calls that were given up and have not come yet. */
  late = 0

  constructor({ random, clock }: { random: Random; clock: Clock }) {
    this.#random = random
    this.#clock = clock
  }

  #next(): Fault {
    if (this.#random() >= this.rate) return 'none'
    const fault = FAULTS[Math.floor(this.#random() * FAULTS.length)]!
    this.counts.set(fault, (this.counts.get(fault) ?? 0) + 1)
    return fault
  }

  /** Does the work, or something worse. */
  async call<T>(unavailable: () => RoarError, work: () => Promise<T>): Promise<T> {
    switch (this.#next()) {
      case 'none':
        return work()
      case 'refused':
        throw unavailable()
      case 'done and not answered':
        await work()
        throw unavailable()
      case 'slow':
        await this.pause(1 + this.#random() * LIMIT_MS)
        return work()
      case 'hangs':
        await this.pause(LIMIT_MS)
        throw unavailable()
      case 'comes late': {
        this.late++
        // Long after its caller has given it up, and among what was called since.
        const comes = this.pause(LIMIT_MS + this.#random() * LATE_MS).then(work)
        comes.then(
          () => this.late--,
          () => this.late--,
        )
        await this.pause(LIMIT_MS)
        throw unavailable()
      }
    }
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#clock.after(Math.round(ms), resolve))
  }
}

const logFault = () => new RoarError('log_unavailable', 'the log fails, as the seed says')
const storeFault = () => new RoarError('store_unavailable', 'the store fails, as the seed says')

/** A log whose appends and questions go wrong. What is read comes as it is: a record that was taken stays. */
export const faultyLog = (log: Log, faults: Faults): Log => ({
  append: (topic, records) => faults.call(logFault, () => log.append(topic, records)),
  consume: (topic, handle, options) => log.consume(topic, handle, options),
  read: (topic, from, count) => faults.call(logFault, () => log.read(topic, from, count)),
  ends: (topic) => faults.call(logFault, () => log.ends(topic)),
  state: () => log.state(),
  onState: (listener) => log.onState(listener),
  close: () => log.close(),
})

/** A store of counts that goes wrong. */
export function faultyStore(store: CountStore, faults: Faults): CountStore {
  const call = <T>(work: () => Promise<T>) => faults.call(storeFault, work)
  return {
    counts: (show) => call(() => store.counts(show)),
    takeTerm: () => call(() => store.takeTerm()),
    term: () => call(() => store.term()),
    saveCounts: (...write) => call(() => store.saveCounts(...write)),
  }
}
