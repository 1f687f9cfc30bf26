import { startCluster } from '../../deploy/cluster/cluster.ts'
import { runVotes, type VotesOptions } from '../../load/votes.ts'
import { VOTES_LIVE_HEAD, votesHeadline, votesLiveLine, votesTable } from '../../load/votes-report.ts'
import { machine } from '../cpu.ts'
import { keep } from '../results.ts'
import { coresOf, sayCores } from './cores.ts'

/** The Java programs, and every role, are slow at first: votes in another poll come before. */
const WARM_UP_S = 20
const VIEWERS_MAX = 1_000_000

/**
 * Viewers vote at both ingests of a whole cluster on this machine, at a rate; afterwards the poll is sealed and compared with
 * every receipt. Returns the exit code.
 */
export async function benchClusterVotes({
  rate,
  seconds,
  twiceShare,
  cutShare,
}: {
  rate: number
  seconds: number
  twiceShare: number
  cutShare: number
}): Promise<number> {
  const cluster = await startCluster({ port: 0, tell: console.log })
  const { ingest1, ingest2, studio } = cluster.roles
  const vote = async (runSeconds: number, seed: number) => {
    const options: VotesOptions = {
      url: ingest1.url,
      others: [ingest2.url],
      studio: studio.url,
      show: 'final',
      poll: undefined,
      secret: new TextEncoder().encode(cluster.secret),
      viewers: Math.min(VIEWERS_MAX, rate * runSeconds),
      rate,
      seconds: runSeconds,
      seed,
      twiceShare,
      cutShare,
      settleSeconds: 120,
      proofs: 1000,
    }
    console.log(`\n${votesHeadline(options)}\n${VOTES_LIVE_HEAD}`)
    const { signal } = new AbortController()
    const ownBefore = process.cpuUsage()
    const { result: votes, ...had } = await coresOf(cluster, () =>
      runVotes(options, { progress: (progress) => console.log(votesLiveLine(progress)) }, signal),
    )
    const { user, system } = process.cpuUsage(ownBefore)
    console.log(`\n${votesTable(votes)}\n`)
    sayCores(had, (user + system) / 1000 / had.wallMs)
    return { votes, ...had }
  }
  try {
    await vote(WARM_UP_S, 1)
    const measured = await vote(seconds, 2)
    await keep('cluster-votes', { machine: machine(), ...measured })
    return measured.votes.verdict.ok ? 0 : 1
  } finally {
    await cluster.stop()
  }
}
