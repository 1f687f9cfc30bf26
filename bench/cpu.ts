import { readFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'

/** Linux counts processor time in hundredths of a second, whatever the kernel's own rhythm. */
const MS_A_TICK = 10

/** Processor time of a process so far, its threads and system calls included, in milliseconds. */
export const processCpuMs = (pid: number): number => cpuMsIn(`/proc/${pid}/stat`)

/** The same of its first thread alone, on which JavaScript runs: compiling, and most of what memory takes, is done by others. */
export const mainThreadCpuMs = (pid: number): number => cpuMsIn(`/proc/${pid}/task/${pid}/stat`)

function cpuMsIn(path: string): number {
  const stat = readFileSync(path, 'utf8')
  // The name may hold spaces and brackets; the numbers begin after its last bracket with field 3.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * MS_A_TICK
}

/** Resident memory of a process now. */
export function residentBytes(pid: number): number {
  const [, kilobytes = '0'] = readFileSync(`/proc/${pid}/status`, 'utf8').match(/^VmRSS:\s+(\d+)/m) ?? []
  return Number(kilobytes) * 1024
}

/** Busy and whole time of one core so far, in milliseconds. */
export function coreMs(core: number): { busyMs: number; wholeMs: number } {
  const line = readFileSync('/proc/stat', 'utf8').match(new RegExp(`^cpu${core} (.*)$`, 'm'))![1]!
  const [user, nice, system, idle, wait, irq, softIrq, steal] = line.split(' ').map(Number) as number[]
  const busy = user! + nice! + system! + irq! + softIrq! + steal!
  return { busyMs: busy * MS_A_TICK, wholeMs: (busy + idle! + wait!) * MS_A_TICK }
}

/** Where a result came from. */
export const machine = (): { cpu: string; cores: number; bun: string } => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: availableParallelism(),
  bun: Bun.version,
})
