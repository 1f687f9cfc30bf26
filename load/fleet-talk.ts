import type { FleetOptions, FleetReport } from './viewer-fleet.ts'

/** The word that makes this program a process with viewers: its parent's, and in no list of commands. */
export const FLEET_PROCESS = 'load-fleet'
export const REPORT_MS = 200

/** What one process has of all viewers, in a form that travels between processes. */
export interface FleetShare extends Omit<FleetOptions, 'clock' | 'random'> {
  seed: number
}

export type FleetOrder = { do: 'start'; share: FleetShare } | { do: 'storm' } | { do: 'close' }

export interface FleetMessage {
  report: FleetReport
  cpuMs: number
  last: boolean
}
