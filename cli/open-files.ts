import { readFileSync } from 'node:fs'
import type { Logger } from 'pino'

/** Descriptors beside viewers' sockets: files, the store, Kafka, operators' requests, sockets that are being turned away. */
const RESERVE_MIN = 100
const RESERVE_SHARE = 0.05

/** `nofile` of this process; undefined where the system does not say. Linux, proc(5). */
export function openFilesMax(
  limits: () => string = () => readFileSync('/proc/self/limits', 'utf8'),
): number | undefined {
  try {
    return Number(/^Max open files\s+(\d+)/m.exec(limits())?.[1] ?? Number.NaN) || undefined
  } catch {
    // Another system: its own limit is met when it is met.
    return undefined
  }
}

/**
 * How many viewers an edge of this process can hold: as many as the setting says, where the process may open so many
 * sockets. Above it accepting fails, over and over, and nobody could even be told why. Says so once.
 */
export function connectionsFor(
  wanted: number,
  { logger, nofile = openFilesMax() }: { logger: Logger; nofile?: number | undefined },
) {
  if (nofile === undefined) return { connectionsMax: wanted }
  const reserve = Math.max(RESERVE_MIN, Math.ceil(nofile * RESERVE_SHARE))
  const connectionsMax = Math.max(1, Math.min(wanted, nofile - reserve))
  if (connectionsMax < wanted) {
    logger.warn(
      `this process may open ${nofile} files and sockets (ulimit -n), so its edge takes ${connectionsMax} viewers and not ${wanted}`,
    )
  }
  return { connectionsMax, turnedAwayMax: Math.min(200, Math.floor(reserve / 4)) }
}
