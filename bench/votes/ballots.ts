import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { systemClock } from '../../adapters/clock/clock.ts'
import { SqliteLog } from '../../adapters/sqlite/log-sqlite.ts'
import { integer } from '../../cli/flags.ts'
import { tokenSigner } from '../../load/votes-plan.ts'
import type { BallotProof, PollDocument } from '../../protocol/polls.ts'
import { processCpuMs } from '../../services/process-cpu.ts'
import { machine } from '../cpu.ts'
import { type BenchServer, startRoarIn } from '../ingest/servers.ts'
import { keep, kept } from '../results.ts'
import { fillBallots } from './fill.ts'

/** Public: the server exists only for this bench, on loopback. */
const SECRET = 'a secret for benches, long enough to be one'
const PROOFS = 500
const VOTE_EVERY_MS = 5
/** Before the seal, for comparison. */
const QUIET_MS = 1_000

const sign = tokenSigner(new TextEncoder().encode(SECRET))
const exp = Math.floor(Date.now() / 1000) + 86_400

export interface BallotsBenchResult {
  machine: ReturnType<typeof machine>
  ballots: number
  /** From the start of the process to the first accepted vote: duration, processor time, and peak memory. */
  startS: number
  startCpuS: number
  startMb: number
  /** Peak memory from the first vote of that second process until all ballots are counted, and during the seal. */
  countedMb: number
  sealS: number
  sealMb: number
  /** Duration of a vote in another poll, before the seal and during it. */
  quietP99Ms: number
  sealP99Ms: number
  sealMaxMs: number
  /** Longest turn of the event loop, with only those votes, and during the seal. */
  quietTurnMs: number
  sealTurnMs: number
  proofCpuMs: number
  auditS: number
  auditMb: number
  /** From the start of a second process to its first vote, with the voters' file beside the log. */
  restartS: number
  restartCpuS: number
  restartMb: number
  /** For the public export: `roar verify`, and the checker in Python. */
  verifyS: number
  verifyMb: number
  pythonS?: number
  pythonMb?: number
}

/**
 * What a poll of millions costs at a start, a seal, a proof and an audit. Resolves to the exit code: 1 if something does not
 * match.
 */
export async function benchBallots(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    allowNegative: true,
    options: {
      ballots: { type: 'string', default: '1000000' },
      save: { type: 'boolean', default: false },
      // It keeps some 250 bytes for each ballot.
      python: { type: 'boolean', default: true },
      // Kept, and filled only if it does not exist: tens of millions take long to write. A run that closes the poll is its last.
      data: { type: 'string' },
    },
  })
  const ballots = integer('ballots', values.ballots, 1, 40_000_000)
  const folder = values.data ?? mkdtempSync(join(tmpdir(), 'roar-bench-ballots-'))
  try {
    const filledFile = join(folder, 'filled.json')
    if (!existsSync(filledFile))
      writeFileSync(filledFile, JSON.stringify({ ballots, ids: await fill(folder, ballots) }))
    const filled = JSON.parse(readFileSync(filledFile, 'utf8')) as { ballots: number; ids: string[] }
    if (filled.ballots !== ballots)
      throw new Error(`${folder} has ${filled.ballots} ballots: run it with --ballots ${filled.ballots}`)
    const result = await measure(folder, { ballots, ids: filled.ids, python: values.python })
    print(result, await kept<BallotsBenchResult>('ballots'))
    if (values.save) await keep('ballots', result)
    return 0
  } finally {
    if (values.data === undefined) rmSync(folder, { recursive: true, force: true })
  }
}

/** Writes the ballots of an open poll. Returns the ids of some. */
async function fill(folder: string, ballots: number): Promise<string[]> {
  await openPolls(folder)
  const ids: string[] = []
  const onBallot = (id: string) => {
    if (Math.random() < PROOFS / ballots) ids.push(id)
  }
  const log = new SqliteLog(join(folder, 'log.db'), { clock: systemClock })
  await fillBallots(log, { poll: 'millions', count: ballots, onBallot })
  await log.close()
  return ids
}

/** Calls a server as a producer, or as the given viewer. @throws for a response that is not ok */
function client({ port }: BenchServer) {
  return async <Answer>(method: string, path: string, body?: object, viewer?: string): Promise<Answer> => {
    const token =
      viewer === undefined ? sign({ sub: 'boss', exp, role: 'producer' }) : sign({ sub: viewer, exp })
    const response = await fetch(`http://127.0.0.1:${port}/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(body && { body: JSON.stringify(body) }),
      // Sealing tens of millions takes longer than Bun's own timeout.
      timeout: false,
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`)
    return (await response.json()) as Answer
  }
}

const serve = (folder: string) => startRoarIn(folder, undefined, ['--auth-secret', SECRET])
/** A run of tens of millions takes an hour: each step is told once it is done. */
const tell = (step: string, s: number, mb?: number): void =>
  console.log(`${step}: ${s.toFixed(1)} s${mb === undefined ? '' : `, ${mb.toFixed(0)} MB`}`)
const STUDIO = '/studio/shows/final/polls'
const POLLS = '/shows/final/polls'

async function openPolls(folder: string): Promise<void> {
  const server = await serve(folder)
  const call = client(server)
  for (const poll of ['millions', 'other']) {
    const choices = ['anna', 'ben', 'cleo'].map((choice) => ({ choice, title: choice }))
    await call('POST', STUDIO, { poll, question: 'Who was the best?', choices, visibility: 'live' })
    await call('POST', `${STUDIO}/${poll}/open`)
  }
  await server.close()
}

async function measure(
  folder: string,
  { ballots, ids, python }: { ballots: number; ids: string[]; python: boolean },
): Promise<BallotsBenchResult> {
  const first = await started(folder)
  const { startS, startCpuS } = first
  await allCounted(first, ballots)
  const startMb = peakMb(first.server.pid)
  tell(`start from the log, ${startCpuS.toFixed(1)} s of a core`, startS, startMb)
  await first.server.close()
  // While the poll is open: voters of a forgotten one are not read.
  const again = await started(folder)
  const { server, call, vote } = again
  const restart = { restartS: again.startS, restartCpuS: again.startCpuS, restartMb: peakMb(server.pid) }
  tell(
    `start with the voters kept, ${again.startCpuS.toFixed(1)} s of a core`,
    again.startS,
    restart.restartMb,
  )
  try {
    await allCounted(again, ballots)
    const countedMb = peakMb(server.pid)
    await call('POST', `${STUDIO}/millions/close`)
    await longestTurnMs(server)
    const quiet = await timesWhile(vote, Bun.sleep(QUIET_MS))
    const quietTurnMs = await longestTurnMs(server)
    const sealingMs = performance.now()
    const sealing = await timesWhile(vote, call('POST', `${STUDIO}/millions/seal`))
    const sealS = (performance.now() - sealingMs) / 1000
    const sealTurnMs = await longestTurnMs(server)
    const sealMb = peakMb(server.pid)
    tell(`seal, its longest turn ${sealTurnMs.toFixed(0)} ms`, sealS, sealMb)
    const cpuMs = processCpuMs(server.pid)
    for (const id of ids) await call<BallotProof>('GET', `${POLLS}/millions/proofs/${id}`)
    const proofCpuMs = (processCpuMs(server.pid) - cpuMs) / ids.length
    const audit = await spawned(['./roar', 'audit', 'final', 'millions', '--data', folder])
    tell('audit', audit.s, audit.mb)
    await call('POST', `${STUDIO}/millions/forget`)
    const url = `http://127.0.0.1:${server.port}/v1${POLLS}/millions/ballots`
    const recounts = await recounted({ folder, call, url, python })
    const [quietP99Ms, sealP99Ms, sealMaxMs] = [at(quiet, 0.99), at(sealing, 0.99), at(sealing, 1)]
    const start = { machine: machine(), ballots, startS, startCpuS, startMb }
    const seal = {
      countedMb,
      sealS,
      sealMb,
      quietP99Ms,
      sealP99Ms,
      sealMaxMs,
      quietTurnMs,
      sealTurnMs,
      proofCpuMs,
    }
    return { ...start, ...seal, auditS: audit.s, auditMb: audit.mb, ...recounts, ...restart }
  } finally {
    await server.close()
  }
}

async function allCounted({ call }: Awaited<ReturnType<typeof started>>, ballots: number): Promise<void> {
  while ((await call<PollDocument>('GET', `${POLLS}/millions`)).ballots < ballots) await Bun.sleep(50)
}

/** Durations of calls made one after the other until something else is done. */
async function timesWhile(call: () => Promise<unknown>, done: Promise<unknown>): Promise<number[]> {
  const times: number[] = []
  let over = false
  const end = done.finally(() => {
    over = true
  })
  while (!over) {
    const startedMs = performance.now()
    await call()
    times.push(performance.now() - startedMs)
    await Bun.sleep(VOTE_EVERY_MS)
  }
  await end
  return times
}

const at = (times: number[], share: number): number =>
  times.toSorted((a, b) => a - b)[Math.min(times.length - 1, Math.floor(share * times.length))]!

/** A process's peak memory since the last call. */
function peakMb(pid: number): number {
  const kb = readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmHWM:\s+(\d+)/)![1]
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
  return Number(kb) / 1024
}

/** The longest turn of the server's event loop since the last call. */
async function longestTurnMs({ port }: BenchServer): Promise<number> {
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  return 1000 * Number(metrics.match(/^nodejs_eventloop_lag_max_seconds (\S+)$/m)![1])
}

/** Starts a server on the folder and waits for its first accepted vote: 503 until the earlier voters are known. */
async function started(folder: string) {
  const startedMs = performance.now()
  const server = await serve(folder)
  const call = client(server)
  const vote = () => call('POST', `${POLLS}/other/votes`, { choice: 'anna' }, crypto.randomUUID())
  const isTaken = () =>
    vote().then(
      () => true,
      () => false,
    )
  while (!(await isTaken())) await Bun.sleep(20)
  const startS = (performance.now() - startedMs) / 1000
  return { server, call, vote, startS, startCpuS: processCpuMs(server.pid) / 1000 }
}

/** Counts the public export again: from the server, and from a file by independent code. @throws when it differs */
async function recounted({
  folder,
  call,
  url,
  python,
}: {
  folder: string
  call: ReturnType<typeof client>
  url: string
  python: boolean
}) {
  const file = (name: string) => join(folder, name)
  writeFileSync(file('certificate.json'), JSON.stringify(await call('GET', `${POLLS}/millions/certificate`)))
  writeFileSync(file('keys.json'), JSON.stringify(await call('GET', '/keys')))
  const flags = ['--keys', file('keys.json'), '--certificate', file('certificate.json')]
  const verify = await spawned(['./roar', 'verify', ...flags, '--recount', url])
  const recount = { verifyS: verify.s, verifyMb: verify.mb }
  if (!python) return recount
  await Bun.write(file('ballots.ndjson'), await fetch(url, { timeout: false }))
  const checker = [
    'python3',
    'test/polls/verify.py',
    'recount',
    file('certificate.json'),
    file('ballots.ndjson'),
  ]
  const checked = await spawned(checker)
  return { ...recount, pythonS: checked.s, pythonMb: checked.mb }
}

/** Runs a program to its end. @throws when it reports a mismatch */
async function spawned(command: string[]): Promise<{ s: number; mb: number }> {
  const startedMs = performance.now()
  const program = Bun.spawn(command, {
    cwd: Bun.fileURLToPath(new URL('../..', import.meta.url)),
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if ((await program.exited) !== 0) throw new Error(`${command.slice(0, 2).join(' ')} does not agree`)
  return { s: (performance.now() - startedMs) / 1000, mb: program.resourceUsage()!.maxRSS / 2 ** 20 }
}

function print(result: BallotsBenchResult, before: BallotsBenchResult | undefined): void {
  const row = (name: string, of: (result: BallotsBenchResult) => string): void => {
    const saved = before && of(before)
    // An older result lacks some of today's figures.
    const isWhole = saved !== undefined && !saved.includes('undefined')
    console.log(`${name.padEnd(34)}${of(result)}${isWhole ? `   saved: ${saved}` : ''}`)
  }
  row('ballots', ({ ballots }) => String(ballots))
  row('start to the first vote', (r) => `${r.startS.toFixed(1)} s, ${r.startCpuS.toFixed(1)} s of a core`)
  row('memory at the start', ({ startMb }) => `${startMb.toFixed(0)} MB at most`)
  row('memory until all is counted', ({ countedMb }) => `${countedMb?.toFixed(0)} MB at most`)
  row('seal', ({ sealS, sealMb }) => `${sealS.toFixed(1)} s, ${sealMb.toFixed(0)} MB at most`)
  row(
    'votes of another poll, p99',
    (r) =>
      `${r.quietP99Ms.toFixed(1)} ms before, ${r.sealP99Ms.toFixed(1)} ms during the seal, ${r.sealMaxMs.toFixed(0)} ms at most`,
  )
  row(
    'longest turn of the event loop',
    (r) => `${r.quietTurnMs?.toFixed(0)} ms before, ${r.sealTurnMs?.toFixed(0)} ms during the seal`,
  )
  row('one proof', ({ proofCpuMs }) => `${proofCpuMs.toFixed(2)} ms of a core, HTTP included`)
  row('audit', ({ auditS, auditMb }) => `${auditS.toFixed(1)} s, ${auditMb.toFixed(0)} MB at most`)
  row(
    'start with the voters kept',
    (r) =>
      `${r.restartS?.toFixed(1)} s, ${r.restartCpuS?.toFixed(1)} s of a core, ${r.restartMb?.toFixed(0)} MB`,
  )
  row('recount by roar verify', (r) => `${r.verifyS?.toFixed(1)} s, ${r.verifyMb?.toFixed(0)} MB at most`)
  if (result.pythonS !== undefined)
    row('recount by Python', (r) => `${r.pythonS?.toFixed(1)} s, ${r.pythonMb?.toFixed(0)} MB at most`)
}
