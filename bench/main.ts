import { benchCluster } from './cluster/cluster.ts'
import { benchEdge } from './edge/edge.ts'
import { benchEdgeGrowth } from './edge/growth.ts'
import { benchEdgeMemory } from './edge/memory.ts'
import { benchEdgeSoak } from './edge/soak.ts'
import { benchHostile } from './hostile/hostile.ts'
import { benchIngest } from './ingest/ingest.ts'
import { benchLatency } from './latency/latency.ts'
import { benchOverlay } from './page/overlay.ts'
import { benchPage } from './page/page.ts'
import { benchPlan } from './plan/plan.ts'
import { benchPosts } from './posts/posts.ts'
import { benchRooms } from './rooms/rooms.ts'
import { benchShows } from './shows/shows.ts'
import { benchSuspicion } from './suspicion/suspicion.ts'
import { benchBallots } from './votes/ballots.ts'
import { benchVotes } from './votes/votes.ts'
import { benchWatching } from './watching/watching.ts'

/** Each takes the arguments after its name and resolves to the exit code. */
const BENCHES: Record<string, (argv: string[]) => Promise<number>> = {
  ballots: benchBallots,
  cluster: benchCluster,
  edge: benchEdge,
  'edge-growth': benchEdgeGrowth,
  'edge-memory': benchEdgeMemory,
  'edge-soak': benchEdgeSoak,
  hostile: benchHostile,
  ingest: benchIngest,
  latency: benchLatency,
  overlay: benchOverlay,
  page: benchPage,
  plan: benchPlan,
  posts: benchPosts,
  rooms: benchRooms,
  shows: benchShows,
  suspicion: benchSuspicion,
  votes: benchVotes,
  watching: benchWatching,
}

const [name = '', ...argv] = process.argv.slice(2)
const bench = BENCHES[name]
if (bench === undefined) {
  console.error(`npm run bench NAME: ${Object.keys(BENCHES).join(', ')}`)
  process.exit(2)
}
try {
  process.exit(await bench(argv))
} catch (error) {
  console.error(`bench ${name}: ${(error as Error).message}`)
  process.exit(2)
}
