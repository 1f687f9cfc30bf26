import { parseArgs } from 'node:util'
import { type Browser, chromium, type Page } from 'playwright-core'
import { integer } from '../../cli/flags.ts'
import { tableOf } from '../../cli/table.ts'
import { tokenSigner } from '../../load/votes-plan.ts'
import { machine } from '../cpu.ts'
import { type BenchServer, startRoar } from '../ingest/servers.ts'
import { keep, kept } from '../results.ts'
import { type Spread, say, spread } from '../spread.ts'
import { textOption } from '../text-option.ts'
import { startCrowd } from './crowd.ts'

const SECRET = 'bench'.repeat(8)
const FLAGS = ['--auth-secret', SECRET, '--address-per-second', '0']
const TELEVISION = { viewport: { width: 1920, height: 1080 } }
const VOTES_MS = 50
/** By then the swarm is as full as the crowd makes it. */
const SETTLED_MS = 5000
/** One at 60 Hz, and what a clock is off. */
const FRAME_MS = 17

type Figure = 'framesPerSecond' | 'p99Ms' | 'longestMs' | 'late' | 'swarmPerSecond' | 'inTheAir'
interface Row extends Record<Figure, Spread> {
  scene: Scene
}

export interface OverlayResult {
  machine: ReturnType<typeof machine>
  browser: string
  seconds: number
  runs: number
  rows: Row[]
}

/** What takes the most room beside the swarm: the posts, or the bars of a poll that is open. */
const SCENES = ['posts', 'poll'] as const
type Scene = (typeof SCENES)[number]

/**
 * The frames of the overlay in a picture of 1920 x 1080, drawn without a GPU as a vision mixer's renderer may be: how many a
 * second, and how long the slowest take, with a crowd. Resolves to the exit code.
 */
export async function benchOverlay(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      ...{ seconds: textOption('10'), runs: textOption('3') },
      save: { type: 'boolean', default: false },
    },
  })
  const seconds = integer('seconds', values.seconds, 1, 600)
  const runs = integer('runs', values.runs, 1, 100)
  const executablePath = Bun.which('chromium-headless-shell') ?? Bun.which('chromium')
  if (executablePath === null) throw new Error('needs Chromium (apt install chromium)')
  const server = await startRoar(undefined, FLAGS)
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
  const url = `http://127.0.0.1:${server.port}`
  const leave = startCrowd(url, 'final', SECRET)
  try {
    const before = await kept<OverlayResult>('overlay')
    const rows: Row[] = []
    for (const scene of SCENES) {
      const stop = scene === 'poll' ? await startPoll(server) : () => {}
      const works: Record<Figure, number>[] = []
      for (let run = 0; run < runs; run++) works.push(await measured(browser, url, { scene, seconds }))
      stop()
      rows.push(rowOf(scene, works))
    }
    console.log(tableOf([HEAD, ...rows.flatMap((row) => lines(row, before))]))
    const result = { machine: machine(), browser: `Chromium ${browser.version()}`, seconds, runs, rows }
    if (values.save) await keep('overlay', result satisfies OverlayResult)
    return 0
  } finally {
    leave()
    await browser.close()
    await server.close()
  }
}

/** An open poll of four with 20 votes a second. Returns a function that stops them. */
async function startPoll({ port }: BenchServer): Promise<() => void> {
  const polls = `http://127.0.0.1:${port}/v1/studio/shows/final/polls`
  const sign = tokenSigner(new TextEncoder().encode(SECRET))
  const exp = Math.floor(Date.now() / 1000) + 3600
  const send = async (address: string, token: string, body: object) => {
    const response = await fetch(address, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    })
    if (!response.ok) throw new Error(`${address}: ${await response.text()}`)
  }
  const producer = sign({ sub: 'boss', role: 'producer', exp })
  const ids = ['ashby', 'vale', 'moon', 'reed']
  const choices = ids.map((choice) => ({ choice, title: choice }))
  const poll = { poll: 'mvp', question: 'Player of the match?', visibility: 'live', choices }
  await send(polls, producer, poll)
  await send(`${polls}/mvp/open`, producer, {})
  const votes = polls.replace('/studio', '')
  let voter = 0
  const voting = setInterval(() => {
    // Of sixteen voters one, three, five and seven.
    const choice = ids[Math.floor(Math.sqrt(voter % ids.length ** 2))]
    send(`${votes}/mvp/votes`, sign({ sub: `v${voter++}`, exp }), { choice }).catch(() => {})
  }, VOTES_MS)
  return () => clearInterval(voting)
}

async function measured(
  browser: Browser,
  url: string,
  { scene, seconds }: { scene: Scene; seconds: number },
): Promise<Record<Figure, number>> {
  const context = await browser.newContext(TELEVISION)
  try {
    const page = await context.newPage()
    await page.goto(`${url}/overlay/final`)
    await page.waitForSelector(scene === 'poll' ? '.poll-row:nth-child(4) .poll-percent' : '.feed-row')
    await page.waitForTimeout(SETTLED_MS)
    const before = await swarmOf(page)
    const framesMs = await framesOf(page, 1000 * seconds)
    const after = await swarmOf(page)
    const sorted = framesMs.toSorted((a, b) => a - b)
    return {
      framesPerSecond: framesMs.length / seconds,
      p99Ms: sorted[Math.floor(sorted.length * 0.99)]!,
      longestMs: sorted.at(-1)!,
      late: framesMs.filter((ms) => ms > FRAME_MS).length / framesMs.length,
      swarmPerSecond: (after.frames - before.frames) / seconds,
      inTheAir: after.air,
    }
  } finally {
    await context.close()
  }
}

/** How long each frame of the page was, in milliseconds. Asking for every frame makes the page draw each. */
const framesOf = (page: Page, ms: number): Promise<number[]> =>
  page.evaluate(
    (ms) =>
      new Promise<number[]>((resolve) => {
        const frames: number[] = []
        let begin = 0
        let last = 0
        const frame = (now: number) => {
          if (last === 0) begin = now
          else frames.push(now - last)
          last = now
          if (now - begin < ms) requestAnimationFrame(frame)
          else resolve(frames)
        }
        requestAnimationFrame(frame)
      }),
    ms,
  )

const swarmOf = (page: Page): Promise<{ frames: number; air: number }> =>
  page.$eval('.swarm', (canvas) => {
    const { frames, air } = (canvas as HTMLElement).dataset
    return { frames: Number(frames), air: Number(air) }
  })

function rowOf(scene: Scene, works: readonly Record<Figure, number>[]): Row {
  const of = (figure: Figure) => spread(works.map((work) => work[figure]))
  return {
    ...{ scene, framesPerSecond: of('framesPerSecond'), p99Ms: of('p99Ms'), longestMs: of('longestMs') },
    ...{ late: of('late'), swarmPerSecond: of('swarmPerSecond'), inTheAir: of('inTheAir') },
  }
}

const HEAD = ['scene', 'frames/s', 'p99 ms', 'longest ms', 'late', 'swarm frames/s', 'in the air']

/** A row, with the saved one below it. */
function lines(row: Row, before: OverlayResult | undefined): string[][] {
  const saved = before?.rows.find(({ scene }) => scene === row.scene)
  return [cells(row), ...(saved ? [['  saved', ...cells(saved).slice(1)]] : [])]
}

const cells = (row: Row): string[] => [
  ...[row.scene, say(row.framesPerSecond, 1), say(row.p99Ms, 1), say(row.longestMs, 1)],
  ...[`${(100 * row.late.median).toFixed(1)} %`, say(row.swarmPerSecond, 0), say(row.inTheAir, 0)],
]
