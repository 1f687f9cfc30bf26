/** What a plan is asked for. Shares are from 0 to 1. */
export interface PlanInputs {
  /** At once. */
  viewers: number
  arrivalsPerSecond: number
  tapsPerSecond: number
  /** Taps of one viewer that one request carries. */
  tapsPerRequest: number
  votesPerSecond: number
  /** That each viewer gets, and the payload of one. */
  packetsPerSecond: number
  packetBytes: number
  /** With a mood of their own: the tree carries them all, a viewer gets one. */
  segments: number
  machineCores: number
  machineMemoryMb: number
  machineMbit: number
  openFiles: number
  /** The share of a core, of memory and of a network that is planned to be busy. */
  load: number
  /** The share of edges that may be missing. */
  spare: number
  /** How long an edge, and a relay, may take to hand one packet to all. */
  broadcastMs: number
  relayMs: number
  /** Children of one relay, at most. */
  relayChildren: number
  /** What the network takes between two levels. */
  hopMs: number
  /** Of a machine an hour, and of a gigabyte that leaves. Any currency. */
  machinePrice: number
  gbPrice: number
}

/** By these a plan grows, and never shrinks. */
export const GROWS_WITH = [
  'viewers',
  'arrivalsPerSecond',
  'tapsPerSecond',
  'votesPerSecond',
  'packetsPerSecond',
  'packetBytes',
  'segments',
] as const satisfies (keyof PlanInputs)[]
