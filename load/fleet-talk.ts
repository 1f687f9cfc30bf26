import type { FleetOptions, FleetReport } from './viewer-fleet.ts'

/** The command that starts this program as a process with viewers. Only its parent uses it; it is in no list of commands. */
export const FLEET_PROCESS = 'load-fleet'
export const REPORT_MS = 200

/** One process's share of the viewers, in a form that can be sent to it. */
export interface FleetShare extends Omit<FleetOptions, 'clock' | 'random'> {
  seed: number
}

export type FleetOrder = { do: 'start'; share: FleetShare } | { do: 'storm' } | { do: 'close' }

export interface FleetMessage {
  report: FleetReport
  cpuMs: number
  last: boolean
}
