/** The inputs of a plan. Shares are from 0 to 1. */
export interface PlanInputs {
  /** Concurrent. */
  viewers: number
  arrivalsPerSecond: number
  tapsPerSecond: number
  /** Taps of one viewer in one request. */
  tapsPerRequest: number
  votesPerSecond: number
  /** Packets per viewer, and the payload of one. */
  packetsPerSecond: number
  packetBytes: number
  /** Segments with a mood of their own: the tree carries all, a viewer gets one. */
  segments: number
  machineCores: number
  machineMemoryMb: number
  machineMbit: number
  openFiles: number
  /** The share of a core, of memory and of a network that may be busy. */
  load: number
  /** The share of edges that may be missing. */
  spare: number
  /** How long an edge, or a relay, may take to send one packet to all. */
  broadcastMs: number
  relayMs: number
  /** The most children of one relay. */
  relayChildren: number
  /** Network delay between two levels. */
  hopMs: number
  /** Per machine and hour, and per gigabyte of egress. Any currency. */
  machinePrice: number
  gbPrice: number
}

/** Inputs in which a plan is monotone: more never needs less. */
export const GROWS_WITH = [
  'viewers',
  'arrivalsPerSecond',
  'tapsPerSecond',
  'votesPerSecond',
  'packetsPerSecond',
  'packetBytes',
  'segments',
] as const satisfies (keyof PlanInputs)[]
