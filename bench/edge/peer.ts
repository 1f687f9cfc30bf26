import { readFileSync } from 'node:fs'
import { processCpuMs } from '../../services/process-cpu.ts'
import { residentBytes } from '../cpu.ts'
import type { TransportName } from './fleet.ts'

/** A server that fans out, alone on its own core. */
export interface Peer {
  /** The first one, which may have children. */
  pid: number
  /** Undefined: this one has no such port after all. */
  port(transport: TransportName): number | undefined
  /** Hands one packet to all viewers. @param retain And to those who come later. */
  publish(payload: string, retain?: boolean): void
  close(): Promise<void>
}

/** What is known of a peer before it is started. */
export interface PeerKind {
  transports: readonly TransportName[]
  /** Whether it keeps the last value for who comes later. */
  retains: boolean
  /** Undefined where something that it needs is not installed. */
  start(): Promise<Peer | undefined>
}

export const SERVER_CORE = '1'
/** Before a line of a server's input: its packet is to be retained. */
export const RETAINED = '='

/** Of a peer with its children, the workers of an edge. */
export const peerCpuMs = (peer: Peer): number => sum(peer, processCpuMs)
export const peerResidentBytes = (peer: Peer): number => sum(peer, residentBytes)

const sum = ({ pid }: Peer, of: (pid: number) => number): number =>
  [pid, ...childrenOf(pid)].reduce((total, each) => total + of(each), 0)

const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
