import { readFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { MS_A_TICK } from '../services/process-cpu.ts'

/** A process's resident memory now. */
export function residentBytes(pid: number): number {
  const [, kilobytes = '0'] = readFileSync(`/proc/${pid}/status`, 'utf8').match(/^VmRSS:\s+(\d+)/m) ?? []
  return Number(kilobytes) * 1024
}

/** Busy and total time of one core so far, in milliseconds. */
export function coreMs(core: number): { busyMs: number; wholeMs: number } {
  const line = readFileSync('/proc/stat', 'utf8').match(new RegExp(`^cpu${core} (.*)$`, 'm'))![1]!
  const [user, nice, system, idle, wait, irq, softIrq, steal] = line.split(' ').map(Number) as number[]
  const busy = user! + nice! + system! + irq! + softIrq! + steal!
  return { busyMs: busy * MS_A_TICK, wholeMs: (busy + idle! + wait!) * MS_A_TICK }
}

/** The machine that produced a result. */
export const machine = (): { cpu: string; cores: number; bun: string } => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: availableParallelism(),
  bun: Bun.version,
})
