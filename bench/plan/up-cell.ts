import { run } from '../../load/run.ts'
import { processCpuMs } from '../../services/process-cpu.ts'
import { type BenchServer, startRoar } from '../ingest/servers.ts'

/** The load of a whole `roar up`. */
export interface UpCrowd {
  viewers: number
  tapsPerSecond: number
  tapsPerRequest: number
  seconds: number
}

/** The server's processor time, and everything it did in it. */
export interface UpTook {
  cpuMs: number
  wallMs: number
  connects: number
  deliveries: number
  requests: number
}

const IDLE_MS = 3_000
const SHOWS = 2_000

/**
 * Runs one `roar up`: its cost when idle, of a show document, and of each crowd, one after another. Throws if a count of the load
 * tool differs.
 */
export async function upTakes(
  crowds: UpCrowd[],
): Promise<{ idleCores: number; showUs: number; crowds: UpTook[] }> {
  const server = await startRoar()
  const url = `http://127.0.0.1:${server.port}`
  const cpuMs = () => processCpuMs(server.pid)
  try {
    const showUs = await showTakes(server, url)
    const idleMs = cpuMs()
    await Bun.sleep(IDLE_MS)
    const idleCores = (cpuMs() - idleMs) / IDLE_MS
    const took: UpTook[] = []
    for (const crowd of crowds) {
      const [beforeMs, fromMs] = [cpuMs(), performance.now()]
      const done = await loaded(url, crowd)
      took.push({ ...done, cpuMs: cpuMs() - beforeMs, wallMs: performance.now() - fromMs })
    }
    return { idleCores, showUs, crowds: took }
  } finally {
    await server.close()
  }
}

async function loaded(
  url: string,
  { viewers, tapsPerSecond, tapsPerRequest, seconds }: UpCrowd,
): Promise<Pick<UpTook, 'connects' | 'deliveries' | 'requests'>> {
  const options = { url, show: 'final', shape: 'steady', processes: 1, seed: 1, settleSeconds: 10 } as const
  const { verdict, delivery, answerMs } = await run(
    { ...options, viewers, rate: tapsPerSecond, burst: tapsPerRequest, seconds },
    () => {},
    () => {},
    new AbortController().signal,
  )
  if (!verdict.ok) throw new Error(verdict.faults.join('; '))
  return { connects: viewers, deliveries: delivery.delivered, requests: answerMs.count }
}

async function showTakes({ pid }: BenchServer, url: string): Promise<number> {
  const get = async () => (await fetch(`${url}/v1/shows/final`)).arrayBuffer()
  for (let warm = 0; warm < SHOWS; warm++) await get()
  const beforeMs = processCpuMs(pid)
  for (let asked = 0; asked < SHOWS; asked++) await get()
  return (1000 * (processCpuMs(pid) - beforeMs)) / SHOWS
}
