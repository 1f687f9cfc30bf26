import type { TransportName } from './fleet.ts'

/** A server that fans out, alone in a process on its own core. */
export interface Peer {
  pid: number
  /** Undefined: it has no such transport. */
  port(transport: TransportName): number | undefined
  /** Hands one packet to all viewers. */
  publish(payload: string): void
  close(): Promise<void>
}

export const SERVER_CORE = '1'
