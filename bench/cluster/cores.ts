import { availableParallelism } from 'node:os'
import type { Cluster } from '../../deploy/cluster/cluster.ts'
import { processCpuMs } from '../../services/process-cpu.ts'
import { coreMs } from '../cpu.ts'

/** Processor time of the parts of a cluster during a run. */
export interface Cores {
  /** Processor time of each part in cores, over the whole run, including connecting and waiting for the last count. */
  cores: Record<string, number>
  /** The same of the whole machine, including other programs. */
  busyCores: number
  wallMs: number
}

export async function coresOf<Result>(
  cluster: Cluster,
  work: () => Promise<Result>,
): Promise<Cores & { result: Result }> {
  const startedMs = performance.now()
  const before = cpuMs(cluster)
  const busyBefore = busyMs()
  const result = await work()
  const wallMs = performance.now() - startedMs
  const cores = Object.fromEntries(
    Object.entries(cpuMs(cluster)).map(([part, ms]) => [part, (ms - before[part]!) / wallMs]),
  )
  return { result, cores, busyCores: (busyMs() - busyBefore) / wallMs, wallMs }
}

/** @param toolCores This tool's own share, if known. */
export function sayCores({ cores, busyCores }: Cores, toolCores: number): void {
  for (const [part, share] of Object.entries(cores))
    console.log(`${part.padEnd(12)} ${share.toFixed(3)} cores`)
  console.log(`${'all'.padEnd(12)} ${busyCores.toFixed(3)} cores, with this tool's ${toolCores.toFixed(3)}`)
}

const busyMs = (): number =>
  Array.from({ length: availableParallelism() }, (_, core) => coreMs(core).busyMs).reduce((a, b) => a + b)

function cpuMs({ roles, kafka, spark, mosquitto }: Cluster): Record<string, number> {
  const pids: [string, number][] = Object.values(roles).map(({ name, pid }) => [name, pid])
  if (kafka !== undefined) pids.push(['Kafka', kafka.broker.pid])
  if (spark !== undefined) pids.push(['Spark', spark.server.pid])
  if (mosquitto !== undefined) pids.push(['Mosquitto', mosquitto.pid()])
  return Object.fromEntries(pids.map(([part, pid]) => [part, processCpuMs(pid)]))
}
