import { readFileSync } from 'node:fs'
import { ConfigError } from '../settings/config-error.ts'

/** Descriptors kept for everything else: files, the store, Kafka, operators' requests, sockets that are being turned away. */
const RESERVE_MIN = 100
const RESERVE_SHARE = 0.05

/** The `nofile` limit of this process; undefined where the system does not say. Linux, proc(5). */
export function openFilesMax(
  limits: () => string = () => readFileSync('/proc/self/limits', 'utf8'),
): number | undefined {
  try {
    return Number(/^Max open files\s+(\d+)/m.exec(limits())?.[1] ?? Number.NaN) || undefined
  } catch {
    // Not Linux: its limit is found when it is hit.
    return undefined
  }
}

/** How many files all connections of a fast lane may take: viewers, and in half of the reserve those of everybody else. */
export const laneFilesFor = (nofile = openFilesMax()): number | undefined =>
  nofile === undefined ? undefined : Math.max(1, nofile - Math.ceil(reserveOf(nofile) / 2))

const reserveOf = (nofile: number): number => Math.max(RESERVE_MIN, Math.ceil(nofile * RESERVE_SHARE))

/** Where no other limit applies. */
const CONNECTIONS_MAX = 1_000_000

/**
 * How many viewers this process's edge can hold. At the limit of open files every accept fails, and viewers could not even be
 * told why: so some descriptors are reserved for that, and for everything else.
 * @param wanted 0: as many as possible. @throws ConfigError for more than that
 */
export function connectionsFor(wanted: number, nofile = openFilesMax()) {
  if (nofile === undefined) return { connectionsMax: wanted || CONNECTIONS_MAX }
  const reserve = reserveOf(nofile)
  const possible = Math.min(CONNECTIONS_MAX, nofile - reserve)
  if (possible <= 0) {
    throw new ConfigError(
      'edge-connections',
      `ulimit -n leaves none: this process may open ${nofile} files and sockets, and keeps ${reserve} for everything else`,
    )
  }
  if (wanted > possible) {
    throw new ConfigError(
      'edge-connections',
      `${wanted} is more than the ${possible} that ulimit -n leaves: this process may open ${nofile} files and sockets`,
    )
  }
  return {
    connectionsMax: wanted || possible,
    filesMax: possible,
    turnedAwayMax: Math.min(200, Math.floor(reserve / 4)),
  }
}
