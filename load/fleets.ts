import { join } from 'node:path'
import { plural } from '../protocol/plural.ts'
import { anotherProcess } from '../services/another-process.ts'
import { clockMs } from './clock.ts'
import {
  FLEET_PROCESS,
  type FleetMessage,
  type FleetOrder,
  type FleetShare,
  REPORT_MS,
} from './fleet-talk.ts'
import { seededRandom } from './random.ts'
import { type FleetReport, ViewerFleet } from './viewer-fleet.ts'

/** The process that taps also holds up to this many viewers; more would delay its taps. */
const VIEWERS_BESIDE_TAPS = 2_000
/** Each viewer is a file descriptor; many systems allow 20,000 per process. */
const VIEWERS_OF_PROCESS = 12_000

/** A fleet in this process or in another one. */
export interface Fleet {
  storm(): void
  /** Closes all connections; the last report arrives before it resolves. */
  close(): Promise<void>
  /** Processor time of the fleet's own process so far; 0 if it runs in this process. */
  cpuMs(): number
}

export type OnReport = (report: FleetReport) => void

/**
 * How many viewers each process has; the first entry is this process. `processes` 1: all here; n: this one taps and n - 1 others
 * listen; `auto`: one process up to 2,000 viewers, then one more per 12,000.
 */
export function sharesOf(viewers: number, processes: number | 'auto'): number[] {
  const others =
    processes === 'auto'
      ? viewers <= VIEWERS_BESIDE_TAPS
        ? 0
        : Math.ceil(viewers / VIEWERS_OF_PROCESS)
      : processes - 1
  if (others === 0) return [viewers]
  const shares = Array.from({ length: others }, (_, index) => Math.floor((viewers + index) / others))
  return [0, ...shares]
}

export function localFleet(share: FleetShare, onReport: OnReport): Fleet {
  const fleet = new ViewerFleet({ ...share, clock: clockMs, random: seededRandom(share.seed) })
  fleet.start()
  const reporting = setInterval(() => onReport(fleet.report()), REPORT_MS)
  return {
    storm: () => fleet.storm(),
    async close() {
      clearInterval(reporting)
      fleet.close()
      onReport(fleet.report())
    },
    cpuMs: () => 0,
  }
}

/** @param onFault Called when the process exits early. */
export function processFleet(share: FleetShare, onReport: OnReport, onFault: (fault: string) => void): Fleet {
  let cpuMs = 0
  let closing = false
  const ended = Promise.withResolvers<void>()
  const child = Bun.spawn(anotherProcess(FLEET_PROCESS, join(import.meta.dir, 'fleet-process.ts')), {
    stdio: ['ignore', 'inherit', 'inherit'],
    ipc(message: FleetMessage) {
      cpuMs = message.cpuMs
      onReport(message.report)
      if (message.last) child.disconnect()
    },
    onExit(_child, code) {
      if (!closing) onFault(`A process with ${plural(share.count, 'viewer')} ended with code ${code}`)
      ended.resolve()
    },
  })
  const order = (message: FleetOrder): void => {
    child.send(message)
  }
  order({ do: 'start', share })
  return {
    storm: () => order({ do: 'storm' }),
    close() {
      closing = true
      if ((child.exitCode ?? child.signalCode) === null) order({ do: 'close' })
      return ended.promise
    },
    cpuMs: () => cpuMs,
  }
}
