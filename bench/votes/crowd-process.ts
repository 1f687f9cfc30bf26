/**
 * Viewers who vote at a server under test: a process of its own, for a core of its own. Arguments: port, pid of the server, its
 * core, secret, seed, seconds, and the rate (0: closed loop). Prints a `CrowdResult`.
 */

import { runVotes, type VotesOptions, type VotesProgress, type VotesResult } from '../../load/votes.ts'
import { mainThreadCpuMs, processCpuMs } from '../../services/process-cpu.ts'
import { coreMs } from '../cpu.ts'

/** Enough that a batch is ready when the disk is. */
const CONNECTIONS = 256
const VIEWERS_MAX = 1_000_000
/** In the first seconds a fifth or more of the server's processor time goes to compiler threads. */
const WARM_UP_S = 5

export interface CrowdResult extends VotesResult {
  /** Between the first and the last full second. */
  span: {
    receipts: number
    elapsedMs: number
    serverCpuMs: number
    /** The part outside of its main thread. */
    serverOtherThreadsMs: number
    /** Share of the server's core that was busy, with anything. */
    serverCoreBusy: number
    generatorCpuMs: number
  }
}

const [port, pid, core, secret, seed, seconds, rate] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
  string,
  string,
]

interface Sample {
  timeMs: number
  receipts: number
  serverMs: number
  serverMainMs: number
  ownMs: number
  core: ReturnType<typeof coreMs>
}
const samples: Sample[] = []

const options: VotesOptions = {
  url: `http://127.0.0.1:${port}`,
  show: 'final',
  poll: undefined,
  secret: new TextEncoder().encode(secret),
  viewers: VIEWERS_MAX,
  rate: undefined,
  seconds: WARM_UP_S,
  seed: Number(seed),
  connections: CONNECTIONS,
  twiceShare: 0,
  cutShare: 0,
  settleSeconds: 30,
  proofs: 100,
}
const { signal } = new AbortController()

/** Called each second of the measured run. */
function progress({ receipts, elapsedS }: VotesProgress): void {
  if (elapsedS > Number(seconds) + 0.1) return
  const { user, system } = process.cpuUsage()
  samples.push({
    timeMs: performance.now(),
    receipts,
    serverMs: processCpuMs(Number(pid)),
    serverMainMs: mainThreadCpuMs(Number(pid)),
    ownMs: (user + system) / 1000,
    core: coreMs(Number(core)),
  })
}

// Both sides are compiled while running: the first seconds say nothing about the rest. They use another poll.
const warmUp = await runVotes(options, {}, signal)
const result = await runVotes(
  { ...options, rate: rate === '0' ? undefined : Number(rate), seconds: Number(seconds) },
  { progress },
  signal,
)
result.verdict.faults.push(...warmUp.verdict.faults)
const [from, to] = [samples[0]!, samples.at(-1)!]
const crowd: CrowdResult = {
  ...result,
  span: {
    receipts: to.receipts - from.receipts,
    elapsedMs: to.timeMs - from.timeMs,
    serverCpuMs: to.serverMs - from.serverMs,
    serverOtherThreadsMs: to.serverMs - from.serverMs - (to.serverMainMs - from.serverMainMs),
    serverCoreBusy: (to.core.busyMs - from.core.busyMs) / (to.core.wholeMs - from.core.wholeMs),
    generatorCpuMs: to.ownMs - from.ownMs,
  },
}
console.log(JSON.stringify(crowd))
