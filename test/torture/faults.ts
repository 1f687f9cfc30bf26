import type { Clock } from '../../adapters/clock/clock.ts'
import type { Log } from '../../adapters/log/log.ts'
import type { CountStore } from '../../adapters/store/store.ts'
import type { Random } from '../../load/random.ts'
import { RoarError } from '../../protocol/errors.ts'
import type { Times } from './world.ts'

/** What can go wrong with one call of an adapter. `none` twice: most calls go well. */
const CALL_FAULTS = [
  'none',
  'none',
  'refused',
  'done and not answered',
  'slow',
  'hangs',
  'comes late',
] as const
/** With a batch on its way to whoever reads: nobody gives one up, so none comes late. */
const READ_FAULTS = ['none', 'none', 'refused', 'done and not answered', 'slow'] as const
type Fault = (typeof CALL_FAULTS)[number]

/**
 * Decides, from the seed alone, which calls go wrong and how: each kind of call by its own number, so that it does not
 * depend on what else happens in the same moment.
 */
export class Faults {
  readonly #randomOf: (name: string) => Random
  readonly #streams = new Map<string, Random>()
  readonly #clock: Clock
  readonly #times: Pick<Times, 'limitMs' | 'lateMs'>
  /** The share of calls that go wrong now; 0: none. */
  rate = 0
  readonly counts = new Map<string, number>()
  /** Calls that were given up and have not come yet. */
  late = 0

  constructor(options: {
    randomOf: (name: string) => Random
    clock: Clock
    times: Pick<Times, 'limitMs' | 'lateMs'>
  }) {
    this.#randomOf = options.randomOf
    this.#clock = options.clock
    this.#times = options.times
  }

  #streamOf(name: string): Random {
    const known = this.#streams.get(name)
    if (known !== undefined) return known
    const random = this.#randomOf(name)
    this.#streams.set(name, random)
    return random
  }

  #next(random: Random, faults: readonly Fault[]): Fault {
    const [whether, which] = [random(), random()]
    if (whether >= this.rate) return 'none'
    const fault = faults[Math.floor(which * faults.length)]!
    if (fault !== 'none') this.counts.set(fault, (this.counts.get(fault) ?? 0) + 1)
    return fault
  }

  /** Does the work of a call, or something worse. */
  call<T>(name: string, unavailable: () => RoarError, work: () => Promise<T>): Promise<T> {
    return this.#do(this.#streamOf(name), CALL_FAULTS, unavailable, work)
  }

  /** Hands on what was read, or something worse. */
  read(name: string, unavailable: () => RoarError, work: () => Promise<void>): Promise<void> {
    return this.#do(this.#streamOf(name), READ_FAULTS, unavailable, work)
  }

  async #do<T>(
    random: Random,
    faults: readonly Fault[],
    unavailable: () => RoarError,
    work: () => Promise<T>,
  ): Promise<T> {
    const { limitMs, lateMs } = this.#times
    switch (this.#next(random, faults)) {
      case 'none':
        return work()
      case 'refused':
        throw unavailable()
      case 'done and not answered':
        await work()
        throw unavailable()
      case 'slow':
        await this.pause(1 + random() * limitMs)
        return work()
      case 'hangs':
        await this.pause(limitMs)
        throw unavailable()
      case 'comes late': {
        this.late++
        // Long after its caller has given it up, and among what was called since.
        const comes = this.pause(limitMs + random() * lateMs).then(work)
        comes.then(
          () => this.late--,
          () => this.late--,
        )
        await this.pause(limitMs)
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

/** A log whose appends, questions and readers go wrong. */
export const faultyLog = (log: Log, faults: Faults): Log => ({
  append: (topic, records) => faults.call(`append ${topic}`, logFault, () => log.append(topic, records)),
  consume: (topic, handle, options) =>
    log.consume(
      topic,
      (batch, isCurrent) =>
        faults.read(`consume ${topic}`, logFault, async () => {
          // A log hands out no batch from before its reader went back.
          if (isCurrent()) await handle(batch, isCurrent)
        }),
      options,
    ),
  read: (topic, from, count) => faults.call(`read ${topic}`, logFault, () => log.read(topic, from, count)),
  ends: (topic) => faults.call(`ends ${topic}`, logFault, () => log.ends(topic)),
  state: () => log.state(),
  onState: (listener) => log.onState(listener),
  close: () => log.close(),
})

/** A store of counts that goes wrong. */
export function faultyStore(store: CountStore, faults: Faults): CountStore {
  const call = <T>(name: string, work: () => Promise<T>) => faults.call(name, storeFault, work)
  return {
    counts: (show) => call('counts', () => store.counts(show)),
    countsReached: () => call('countsReached', () => store.countsReached()),
    takeTerm: () => call('takeTerm', () => store.takeTerm()),
    term: () => call('term', () => store.term()),
    beginRun: (...begun) => call('beginRun', () => store.beginRun(...begun)),
    saveCounts: (...write) => call('saveCounts', () => store.saveCounts(...write)),
  }
}
