import { parseArgs } from 'node:util'
import { integer } from '../../cli/flags.ts'
import { resolveTarget } from '../../load/target.ts'
import { tokenSigner } from '../../load/votes-plan.ts'
import type { MoodPacket } from '../../protocol/packets.ts'
import { processCpuMs } from '../../services/process-cpu.ts'
import { machine, residentBytes } from '../cpu.ts'
import { type BenchServer, startRoar } from '../ingest/servers.ts'
import { keep } from '../results.ts'
import { spread } from '../spread.ts'
import { Taps } from './taps.ts'

const SECRET = 'bench'.repeat(8)
const FLAGS = ['--auth-secret', SECRET, '--address-per-second', '0', '--webhooks-private', 'true']
const READS = 200
const CHANGES = 5
const COUNTED_WITHIN_MS = 20_000

/** An installation under measurement. */
interface Installation {
  name: string
  server: BenchServer
  /** The live shows that are tapped in. */
  live: string[]
  taps: Taps
  idleCores: number
  rounds: { cores: number; readMs: number; changeMs: number }[]
}

export interface ShowsResult {
  machine: ReturnType<typeof machine>
  installations: {
    name: string
    idleCores: number
    cores: number
    readMs: number
    changeMs: number
    residentMb: number
    accepted: number
    counted: number
    refused: number
  }[]
}

/**
 * An installation with 1,000 shows, 50 of them live, and one with a single show, under the same taps in turn: is every show's
 * count exact, and what do the other shows cost when idle, when reading a show, and when changing one?
 */
export async function benchShows(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      shows: { type: 'string', default: '1000' },
      live: { type: 'string', default: '50' },
      rate: { type: 'string', default: '20000' },
      seconds: { type: 'string', default: '5' },
      rounds: { type: 'string', default: '3' },
      save: { type: 'boolean', default: false },
    },
  })
  const shows = integer('shows', values.shows, 1, 10_000)
  const live = integer('live', values.live, 1, shows)
  const perSecond = integer('rate', values.rate, 20, 1_000_000)
  const seconds = integer('seconds', values.seconds, 1, 600)
  const rounds = integer('rounds', values.rounds, 1, 100)
  const [one, many] = [
    await install('one show', 1, 1),
    await install(`${shows} shows, ${live} live`, shows, live),
  ]
  const both = [one, many]
  try {
    for (const each of both) each.idleCores = await coresOver(each.server, () => Bun.sleep(seconds * 1000))
    for (let round = 0; round < rounds; round++)
      for (const each of both) each.rounds.push(await measured(each, { perSecond, seconds }))
    const installations = await Promise.all(both.map(resultOf))
    for (const result of installations) console.log(line(result))
    const [a, b] = installations as [Row, Row]
    const ratio = (what: 'cores' | 'readMs' | 'changeMs') => (b[what] / a[what]).toFixed(2)
    console.log(
      `${many.name} over one: processor ${ratio('cores')}, a show read ${ratio('readMs')}, a change ${ratio('changeMs')}`,
    )
    if (values.save) await keep('shows', { machine: machine(), installations } satisfies ShowsResult)
    return installations.every(({ accepted, counted, refused }) => accepted === counted && refused === 0)
      ? 0
      : 1
  } finally {
    for (const { taps, server } of both) {
      taps.close()
      await server.close()
    }
  }
}

type Row = ShowsResult['installations'][number]

const line = ({ name, idleCores, cores, readMs, changeMs, residentMb, accepted, counted, refused }: Row) =>
  [
    `${name}: ${accepted} accepted, ${counted} counted, ${refused} refused;`,
    `${(100 * idleCores).toFixed(1)} % of a core idle, ${(100 * cores).toFixed(0)} % under the taps, ${residentMb.toFixed(0)} MB;`,
    `a show read in ${readMs.toFixed(2)} ms, changed and seen in ${changeMs.toFixed(0)} ms`,
  ].join(' ')

async function install(name: string, shows: number, live: number): Promise<Installation> {
  const server = await startRoar(undefined, FLAGS)
  const ids = Array.from({ length: shows }, (_, i) => `show-${i}`)
  for (const show of ids)
    await studio(server, 'POST', '', { show, title: `Show ${show}`, starts: Date.now() + 3_600_000 })
  for (const show of ids.slice(0, live)) await studio(server, 'POST', `/${show}/start`)
  const taps = new Taps(await resolveTarget(`http://127.0.0.1:${server.port}`))
  return { name, server, live: ids.slice(0, live), taps, idleCores: 0, rounds: [] }
}

async function measured(
  { server, live, taps }: Installation,
  load: { perSecond: number; seconds: number },
): Promise<Installation['rounds'][number]> {
  const cpuMs = processCpuMs(server.pid)
  const [readMs, changeMs] = await Promise.all([
    reading(server, live),
    changing(server, live[0]!),
    taps.send(live, load),
  ])
  return { cores: (processCpuMs(server.pid) - cpuMs) / (1000 * load.seconds), readMs, changeMs }
}

/** Median duration of reading shows one after the other. */
async function reading(server: BenchServer, shows: readonly string[]): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < READS; i++) {
    const from = performance.now()
    await (await fetch(urlOf(server, `/v1/shows/${shows[i % shows.length]}`))).arrayBuffer()
    times.push(performance.now() - from)
    await Bun.sleep(5)
  }
  return spread(times).median
}

/** The slowest of some changes, from the request until viewers' calls return it. */
async function changing(server: BenchServer, show: string): Promise<number> {
  let slowestMs = 0
  for (let i = 0; i < CHANGES; i++) {
    const title = `Change ${i} at ${performance.now()}`
    const from = performance.now()
    await studio(server, 'PATCH', `/${show}`, { title })
    const read = async () =>
      (await (await fetch(urlOf(server, `/v1/shows/${show}`))).json()) as { title: string }
    while ((await read()).title !== title) await Bun.sleep(5)
    slowestMs = Math.max(slowestMs, performance.now() - from)
    await Bun.sleep(100)
  }
  return slowestMs
}

async function resultOf({ name, server, live, taps, idleCores, rounds }: Installation): Promise<Row> {
  const accepted = [...taps.accepted.values()].reduce((sum, count) => sum + count, 0)
  const wrong = new Set(live)
  for (
    const giveUp = Date.now() + COUNTED_WITHIN_MS;
    wrong.size > 0 && Date.now() < giveUp;
    await Bun.sleep(100)
  )
    for (const show of wrong)
      if ((await totalOf(server, show)) === (taps.accepted.get(show) ?? 0)) wrong.delete(show)
  for (const show of wrong)
    console.log(`${show}: ${taps.accepted.get(show)} accepted, ${await totalOf(server, show)} counted`)
  const totals = await Promise.all(live.map((show) => totalOf(server, show)))
  const of = (what: 'cores' | 'readMs' | 'changeMs') => spread(rounds.map((round) => round[what])).median
  return {
    ...{ name, idleCores, cores: of('cores'), readMs: of('readMs'), changeMs: of('changeMs') },
    ...{ residentMb: residentBytes(server.pid) / 2 ** 20, accepted, refused: taps.refused },
    counted: totals.reduce((sum, count) => sum + count, 0),
  }
}

const totalOf = async (server: BenchServer, show: string): Promise<number> =>
  ((await (await fetch(urlOf(server, `/v1/shows/${show}/mood`))).json()) as MoodPacket).total ?? 0

async function coresOver({ pid }: BenchServer, work: () => Promise<unknown>): Promise<number> {
  const [cpuMs, from] = [processCpuMs(pid), performance.now()]
  await work()
  return (processCpuMs(pid) - cpuMs) / (performance.now() - from)
}

const urlOf = ({ port }: BenchServer, path: string): string => `http://127.0.0.1:${port}${path}`

const producer = tokenSigner(new TextEncoder().encode(SECRET))({
  ...{ sub: 'boss', role: 'producer', exp: Math.floor(Date.now() / 1000) + 86_400 },
})

async function studio(server: BenchServer, method: string, path: string, body?: object): Promise<void> {
  const response = await fetch(urlOf(server, `/v1/studio/shows${path}`), {
    method,
    headers: { authorization: `Bearer ${producer}` },
    ...(body && { body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
}
