/**
 * `npm run elastic`: a crowd comes, stays and goes, and a rule on exported numbers adds edges and takes them away. Exit code 1
 * where a viewer missed more than its own moves.
 */
import { parseArgs } from 'node:util'
import { integer } from '../../cli/flags.ts'
import { freePorts } from '../../deploy/programs/ports.ts'
import { temporaryFolder } from '../embedded.ts'
import { spawnRoar } from '../roar-process.ts'
import { EdgeProcess } from './edge-process.ts'
import { type EdgeNumbers, edgesWanted, emptiest } from './rule.ts'
import { Watchers } from './watchers.ts'

const SECRET = 'a secret of relays'
/** How often the rule is asked; edges report each 2 s. */
const RULE_MS = 3_000
const TAP_MS = 200

const text = (value: string) => ({ type: 'string', default: value }) as const
const { values } = parseArgs({
  options: { viewers: text('400'), limit: text('150'), 'come-s': text('20'), 'stay-s': text('20') },
})
const viewers = integer('viewers', values.viewers, 10, 10_000)
const limit = integer('limit', values.limit, 10, 10_000)
const comeS = integer('come-s', values['come-s'], 1, 600)
const staySeconds = integer('stay-s', values['stay-s'], 1, 600)
const settings = { target: 0.7, lagMaxS: 1, edgesMin: 1, edgesMax: 12 }

const folder = temporaryFolder()
const [mqttPort, firstPort] = (await freePorts(2)) as [number, number]
const root = await spawnRoar(
  ...['--data', folder.path, '--mqtt-port', `${mqttPort}`, '--relay-secret', SECRET],
  // Where no edge has room, viewers go on asking one, and not the root.
  ...['--pubsub-urls', `ws://127.0.0.1:${firstPort}/mqtt`],
)
const upstream = `mqtt://relay:${encodeURIComponent(SECRET)}@127.0.0.1:${mqttPort}`
const edges: EdgeProcess[] = []
const leaving = new Set<EdgeProcess>()
let most = 0
let isOver = false

async function add(port: number): Promise<void> {
  edges.push(await EdgeProcess.start({ port, upstream, limit }))
  most = Math.max(most, edges.length)
}

async function applyRule(): Promise<void> {
  const numbers: EdgeNumbers[] = await Promise.all(edges.map((edge) => edge.numbers()))
  const wanted = edgesWanted(numbers, settings)
  console.log(`${numbers.map(({ connections }) => connections).join(' + ')} viewers: ${wanted} edges`)
  if (wanted > edges.length) await Promise.all((await freePorts(wanted - edges.length)).map(add))
  // One at a time: what it had is counted at the others before the next goes.
  else if (wanted < edges.length && leaving.size === 0) {
    const [edge] = edges.splice(emptiest(numbers), 1) as [EdgeProcess]
    leaving.add(edge)
    void edge.drain().then(() => leaving.delete(edge))
  }
}

async function rule(): Promise<void> {
  while (!isOver) {
    await applyRule()
    await Bun.sleep(RULE_MS)
  }
}

async function tap(): Promise<void> {
  while (!isOver) {
    await fetch(`${root.url}/v1/shows/final/reactions`, { method: 'POST', body: '{"stickers":{"heart":1}}' })
    await Bun.sleep(TAP_MS)
  }
}

const until = async (isSo: () => boolean) => {
  while (!isSo()) await Bun.sleep(100)
}

await add(firstPort)
const working = [rule(), tap()]
const crowd = new Watchers(root.url)
for (let come = 0; come < viewers; come++) {
  crowd.join()
  await Bun.sleep((comeS * 1_000) / viewers)
}
await until(() => crowd.live() === viewers)
await Bun.sleep(staySeconds * 1_000)
const full = edges.length
crowd.leave(Math.floor(viewers * 0.8))
await until(() => edges.length <= Math.max(1, Math.ceil(full / 2)) && leaving.size === 0)
await until(() => crowd.live() === crowd.size)
isOver = true
await Promise.all(working)

const told = crowd.close()
await Promise.all(edges.map((edge) => edge.drain()))
root.process.kill()
await root.process.exited
folder.remove()
console.log(`edges: 1, then ${most}, then ${edges.length}`)
console.log(
  `packets ${told.packets}, moves ${told.moves}, gaps ${told.gaps}, longest ${(told.longestMs / 1000).toFixed(1)} s, missed without a move ${told.unexplained}`,
)
process.exit(told.unexplained === 0 ? 0 : 1)
