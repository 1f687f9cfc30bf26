import { readFileSync } from 'node:fs'

/** Linux reports processor time in hundredths of a second, whatever the kernel's tick: proc(5). */
export const MS_A_TICK = 10

/**
 * Processor time of a process so far, including threads and system calls, in milliseconds. @throws if there is no such process,
 * or not on Linux
 */
export const processCpuMs = (pid: number): number => cpuMsIn(`/proc/${pid}/stat`)

/** The same for its main thread, which runs JavaScript: other threads compile and do most of the memory management. */
export const mainThreadCpuMs = (pid: number): number => cpuMsIn(`/proc/${pid}/task/${pid}/stat`)

function cpuMsIn(path: string): number {
  const stat = readFileSync(path, 'latin1')
  // The name may contain spaces and brackets; field 3 follows its last bracket.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * MS_A_TICK
}
