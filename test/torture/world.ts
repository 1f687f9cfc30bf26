import type { Clock } from '../../adapters/clock/clock.ts'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import type { Log } from '../../adapters/log/log.ts'
import { MemoryLog } from '../../adapters/memory/log-memory.ts'
import type { CountStore } from '../../adapters/store/store.ts'
import type { Random } from '../../load/random.ts'
import { replicatedStore } from './replicated-store.ts'

/** What a run stands on: a log, and how its time passes. */
export interface World {
  /** What every process goes by. */
  clock: Clock
  /** The log as one process has it. `cut`: it has it no more, and is not told; undefined where all have the same. */
  open(): Promise<{ log: Log; cut?: () => Promise<void> }>
  /** What all processes share, where nothing goes wrong by itself. */
  store: CountStore
  /** Another store takes its place, which has not the newest writes. Absent where that cannot be. */
  failOver?: (lost: number) => Promise<void>
  /** Lets `STEP_MS` pass, and what that sets off come to rest or, where other programs do it, to its next pause. */
  pass(): Promise<void>
  /** Somebody sets the machine's clock, by so many milliseconds. */
  jump(ms: number): void
  /** … and sets it right again. */
  setRight(): void
  /** All stands still for so many milliseconds. Absent where time passes by itself. */
  standStill?: (ms: number) => void
  times: Times
  close(): Promise<void>
}

/** In milliseconds of the world's clock. */
export interface Times {
  /** How long everything goes wrong, and how long it may take to be right again. */
  faultsMs: number
  recoveryMs: number
  /** How long a caller waits for what hangs, and within which time after that comes what comes late. */
  limitMs: number
  lateMs: number
}

export const STEP_MS = 25

/** One process, with the time in the run's own hands: the same seed is the same run, to the last call. */
export function embeddedWorld(random: Random): World {
  const clock = new ManualClock(1_795_349_712_000)
  const times = { faultsMs: 40_000, recoveryMs: 240_000, limitMs: 5_000, lateMs: 15_000 }
  const recordsMax = 100 + Math.floor(random() * 2000)
  const store = replicatedStore()
  const log = new MemoryLog({ clock, recordsMax, drainMs: times.recoveryMs })
  return {
    clock,
    times,
    open: async () => ({ log }),
    store,
    failOver: store.failOver,
    async pass() {
      clock.advance(STEP_MS)
      for (let turn = 0; turn < 4; turn++) await new Promise((next) => setImmediate(next))
    },
    // The log's clock is the same one, and has to bear it.
    jump: (ms) => (ms < 0 ? clock.setBack(-ms) : clock.advance(ms)),
    setRight() {},
    standStill: (ms) => clock.standStill(ms),
    close: () => log.close(),
  }
}
