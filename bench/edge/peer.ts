import { readFileSync } from 'node:fs'
import { processCpuMs } from '../../services/process-cpu.ts'
import { residentBytes } from '../cpu.ts'
import type { TransportName } from './fleet.ts'

/** A server that fans out, alone on its core. */
export interface Peer {
  /** The main process, which may have children. */
  pid: number
  /** Undefined: it has no such port after all. */
  port(transport: TransportName): number | undefined
  /** Publishes one packet to all viewers. @param retain Also to later ones. */
  publish(payload: string, retain?: boolean): void
  close(): Promise<void>
}

/** A peer, before it is started. */
export interface PeerKind {
  transports: readonly TransportName[]
  /** Whether it keeps the last value for later subscribers. */
  retains: boolean
  /** Undefined if something that it needs is not installed. */
  start(): Promise<Peer | undefined>
}

export const SERVER_CORE = '1'
/** Prefix of a server's input line: its packet is retained. */
export const RETAINED = '='

/** Of a peer with its children: the workers of an edge. */
export const peerCpuMs = (peer: Peer): number => sum(peer, processCpuMs)
export const peerResidentBytes = (peer: Peer): number => sum(peer, residentBytes)

const sum = ({ pid }: Peer, of: (pid: number) => number): number =>
  [pid, ...childrenOf(pid)].reduce((total, each) => total + of(each), 0)

const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
