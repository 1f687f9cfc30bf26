import { parseArgs } from 'node:util'
import { integer, some } from '../../cli/flags.ts'
import { resolveTarget } from '../../load/target.ts'
import type { ViewersPacket } from '../../protocol/packets.ts'
import { viewersTopic } from '../../protocol/topics.ts'
import { machine } from '../cpu.ts'
import { Listeners } from '../listeners.ts'
import { keep } from '../results.ts'
import { textOption } from '../text-option.ts'
import { Crowd } from './crowd.ts'
import { ROOTS, SHOW, SIDES, startTree, type Tree } from './tree.ts'

/** The promise: within this share of those who were there at some moment of the last 15 s, and again so soon after whatever happened. */
const OFF_MAX = 0.02
const RIGHT_WITHIN_MS = 15_000
const LOOK_MS = 100

/** What the number did after an event. */
interface Row {
  event: string
  /** Viewers when its time was over. */
  viewers: number
  /** When the promise was last not kept, counted from the event. */
  rightAfterMs: number
  /** The largest share by which it was off from those who were there at that moment, from `RIGHT_WITHIN_MS` on. */
  offFromNow: number
}

export interface WatchingResult {
  machine: ReturnType<typeof machine>
  viewers: number
  runs: { root: string; rows: Row[] }[]
}

type RootName = keyof typeof ROOTS

/**
 * `roar/{show}/viewers` as a viewer three edges below the root hears it, beside how many are there, while viewers come and go and
 * edges are killed. Resolves to the exit code: 1 if it was wrong for too long.
 */
export async function benchWatching(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      ...{
        viewers: textOption('5000'),
        seconds: textOption('25'),
        roots: textOption(Object.keys(ROOTS).join()),
      },
      save: { type: 'boolean', default: false },
    },
  })
  const viewers = integer('viewers', values.viewers, 100, 15_000)
  const seconds = integer('seconds', values.seconds, 16, 600)
  const runs: WatchingResult['runs'] = []
  for (const root of some('roots', values.roots, Object.keys(ROOTS) as RootName[])) {
    const tree = await startTree(await ROOTS[root]())
    try {
      const rows = await measure(tree, { viewers, seconds })
      runs.push({ root, rows })
      for (const row of rows) console.log(`${root}, ${line(row)}`)
    } finally {
      await tree.close()
    }
  }
  if (values.save) await keep('watching', { machine: machine(), viewers, runs } satisfies WatchingResult)
  return runs.every(({ rows }) => rows.every(({ rightAfterMs }) => rightAfterMs <= RIGHT_WITHIN_MS)) ? 0 : 1
}

const line = ({ event, viewers, rightAfterMs, offFromNow }: Row): string =>
  `${event}: ${viewers} viewers, right after ${(rightAfterMs / 1000).toFixed(1)} s; from ${RIGHT_WITHIN_MS / 1000} s on ${(100 * offFromNow).toFixed(2)} % off from the same moment at most`

async function measure(
  { leaves, relays }: Tree,
  { viewers, seconds }: { viewers: number; seconds: number },
): Promise<Row[]> {
  const crowd = await Crowd.at(leaves)
  const reader = new Listeners(await resolveTarget(`ws://127.0.0.1:${leaves.at(-1)!.port}/mqtt`))
  let told: ViewersPacket = { at: 0, viewers: 0, segments: {} }
  await reader.open(viewersTopic(SHOW), (payload) => {
    told = JSON.parse(new TextDecoder().decode(payload)) as ViewersPacket
  })
  const there: { ms: number; all: number; home: number }[] = []
  /** The larger share by which the show's number, or a side's, differs from those who were there. */
  const off = ({ all, home }: { all: number; home: number }): number => {
    const share = (said: number, were: number) => Math.abs(said - were) / Math.max(1, were)
    return Math.max(share(told.viewers, all), share(told.segments[SIDES[0]] ?? 0, home))
  }
  const rows: Row[] = []
  async function after(event: string, happens: () => unknown): Promise<void> {
    await happens()
    const fromMs = performance.now()
    let [rightAfterMs, offFromNow] = [0, 0]
    for (let elapsedMs = 0; elapsedMs < 1000 * seconds; elapsedMs = performance.now() - fromMs) {
      const now = { ms: performance.now(), all: crowd.size, home: crowd.home }
      there.push(now)
      while (there[0]!.ms < now.ms - RIGHT_WITHIN_MS) there.shift()
      if (there.every((then) => off(then) > OFF_MAX)) rightAfterMs = elapsedMs
      if (elapsedMs > RIGHT_WITHIN_MS) offFromNow = Math.max(offFromNow, off(now))
      await Bun.sleep(LOOK_MS)
    }
    rows.push({ event, viewers: crowd.size, rightAfterMs, offFromNow })
  }
  // As many go as come, so that within the time of two events another crowd is there.
  const changing = setInterval(() => {
    const some = Math.ceil((viewers / (2 * seconds)) * (LOOK_MS / 1000))
    crowd.go(some)
    void crowd.come(some)
  }, LOOK_MS)
  try {
    await after('all have come', () => crowd.come(viewers))
    await after('others come for those who go', () => {})
    await after('a leaf is killed', () => {
      crowd.leaveOut(leaves[0]!)
      return leaves[0]!.kill()
    })
    await after('a relay is killed', () => relays[0]!.kill())
    await after('half of them go', () => crowd.go(Math.floor(crowd.size / 2)))
  } finally {
    clearInterval(changing)
    crowd.close()
    reader.close()
  }
  return rows
}
