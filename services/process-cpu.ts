import { readFileSync } from 'node:fs'

/** Linux counts processor time in hundredths of a second, whatever the kernel's own rhythm: proc(5). */
export const MS_A_TICK = 10

/** Processor time of a process so far, its threads and system calls included, in milliseconds. @throws where there is no such process, or no Linux */
export const processCpuMs = (pid: number): number => cpuMsIn(`/proc/${pid}/stat`)

/** The same of its first thread alone, on which JavaScript runs: compiling, and most of what memory takes, is done by others. */
export const mainThreadCpuMs = (pid: number): number => cpuMsIn(`/proc/${pid}/task/${pid}/stat`)

function cpuMsIn(path: string): number {
  const stat = readFileSync(path, 'latin1')
  // The name may hold spaces and brackets; the numbers begin after its last bracket with field 3.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * MS_A_TICK
}
