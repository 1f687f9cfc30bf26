import { parseArgs } from 'node:util'
import {
  type Browser,
  type BrowserContextOptions,
  type CDPSession,
  chromium,
  type Page,
} from 'playwright-core'
import { integer, some } from '../../cli/flags.ts'
import { tableOf } from '../../cli/table.ts'
import { tokenSigner } from '../../load/votes-plan.ts'
import { machine } from '../cpu.ts'
import { type BenchServer, startRoar } from '../ingest/servers.ts'
import { keep, kept } from '../results.ts'
import { type Spread, say, spread } from '../spread.ts'
import { textOption } from '../text-option.ts'
import { CROWDS_STICKERS, startCrowd } from './crowd.ts'
import { CATEGORIES, LONG_MS, type ThreadWork, type TraceEvent, workBetween } from './thread.ts'

const SECRET = 'bench'.repeat(8)
const FLAGS = ['--auth-secret', SECRET, '--address-per-second', '0']
const STICKERS = 512
/** Animals, food and balls: all are assigned. */
const FIRST_EMOJI = 0x1f400
const EMOJI = 62
/** Like a mid-range phone of some years ago compared with this machine. */
const SLOW = 4
const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }
/** By then late scripts have loaded, and the crowd's first packets are shown. */
const SETTLED_MS = 2500

type Figure = 'msPerSecond' | 'stylesPerSecond' | 'layoutsPerSecond' | 'framesPerSecond' | 'longestMs'

interface Row extends Record<Figure, Spread> {
  scene: SceneName
  slowdown: number
  /** Tasks of 50 ms and more in all runs. */
  longTasks: number
  /** The swarm's draws a second, beside the page's thread. */
  swarmPerSecond: Spread
}

export interface PageResult {
  machine: ReturnType<typeof machine>
  browser: string
  seconds: number
  runs: number
  rows: Row[]
}

/** What the page shows while its thread is measured. */
const SCENES = {
  /** The scripted final on the stage, without taps. */
  idle: { show: 'final', hasCrowd: false, act: rest },
  /** The same with a crowd. */
  crowd: { show: 'final', hasCrowd: true, act: rest },
  /** A show with a still stage. */
  'plain show': { show: 'plain', hasCrowd: true, act: rest },
  /** The sheet of 512 stickers is opened, and complete at the end. */
  sheet: { show: 'plain', hasCrowd: false, act: openSheet },
} satisfies Record<string, Scene>
type SceneName = keyof typeof SCENES

interface Scene {
  show: string
  hasCrowd: boolean
  act(page: Page, ms: number): Promise<void>
}

/**
 * The cost of the viewer's page on a phone's main thread: from Chromium's trace, so by what the thread did and not by how busy
 * the machine was, at normal speed and with the processor four times slower. Resolves to the exit code.
 */
export async function benchPage(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      ...{ seconds: textOption('5'), runs: textOption('3'), scenes: textOption(Object.keys(SCENES).join()) },
      save: { type: 'boolean', default: false },
    },
  })
  const seconds = integer('seconds', values.seconds, 1, 600)
  const runs = integer('runs', values.runs, 1, 100)
  const scenes = some('scenes', values.scenes, Object.keys(SCENES) as SceneName[])
  const executablePath = Bun.which('chromium-headless-shell') ?? Bun.which('chromium')
  if (executablePath === null) throw new Error('needs Chromium (apt install chromium)')
  const server = await startRoar(undefined, FLAGS)
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
  try {
    await makeShow(server)
    const before = await kept<PageResult>('page')
    const rows: Row[] = []
    for (const scene of scenes) {
      for (const slowdown of [1, SLOW]) {
        const works: Work[] = []
        for (let run = 0; run < runs; run++)
          works.push(await measured(browser, server, { scene, slowdown, seconds }))
        rows.push(rowOf(scene, slowdown, works))
      }
    }
    console.log(tableOf([HEAD, ...rows.flatMap((row) => lines(row, before))]))
    const result = { machine: machine(), browser: `Chromium ${browser.version()}`, seconds, runs, rows }
    if (values.save) await keep('page', result satisfies PageResult)
    return 0
  } finally {
    await browser.close()
    await server.close()
  }
}

/** A show with the most stickers allowed, and a still stage. */
async function makeShow({ port }: BenchServer): Promise<void> {
  const exp = Math.floor(Date.now() / 1000) + 3600
  const token = tokenSigner(new TextEncoder().encode(SECRET))({ sub: 'boss', role: 'producer', exp })
  const studio = async (method: string, path: string, body?: object) => {
    const response = await fetch(`http://127.0.0.1:${port}/v1/studio/${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(body && { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`)
  }
  await studio('POST', 'packs', { pack: 'all', title: 'All' })
  const ids = Array.from({ length: STICKERS }, (_, i) => Object.keys(CROWDS_STICKERS)[i] ?? `s-${i}`)
  for (const [i, sticker] of ids.entries()) {
    const emoji = String.fromCodePoint(FIRST_EMOJI + (i % EMOJI))
    const words = { title: `Sticker ${i}`, category: `Part ${i >> 7}`, emoji }
    await studio('PUT', `packs/all/stickers/${sticker}`, words)
  }
  const segments = ['home', 'away'].map((segment) => ({ segment, title: segment }))
  const bar = ids.slice(0, 8)
  const show = {
    show: 'plain',
    title: 'A plain show',
    packs: ['all'],
    bar,
    segments,
    sides: ['home', 'away'],
  }
  await studio('POST', 'shows', show)
  await studio('POST', 'shows/plain/start')
}

type Work = ThreadWork & { swarmPerSecond: number }

async function measured(
  browser: Browser,
  { port }: BenchServer,
  { scene, slowdown, seconds }: { scene: SceneName; slowdown: number; seconds: number },
): Promise<Work> {
  const url = `http://127.0.0.1:${port}`
  const { show, hasCrowd, act } = SCENES[scene]
  const leave = hasCrowd ? startCrowd(url, show, SECRET) : () => {}
  const context = await browser.newContext(PHONE)
  try {
    const page = await context.newPage()
    await page.goto(`${url}/?show=${show}`)
    await page.waitForSelector('.dot[data-state="live"]')
    await page.waitForSelector('.sticker')
    const session = await context.newCDPSession(page)
    await slow(session, slowdown)
    await page.waitForTimeout(SETTLED_MS)
    let swarmFrames = 0
    const events = await traced(browser, page, async () => {
      const from = await swarmFramesOf(page)
      await page.evaluate(() => void performance.mark('bench-begin'))
      await act(page, 1000 * seconds)
      await page.evaluate(() => void performance.mark('bench-end'))
      swarmFrames = (await swarmFramesOf(page)) - from
    })
    const work = workBetween(events, 'bench-begin', 'bench-end')
    return { ...work, swarmPerSecond: swarmFrames / work.seconds }
  } finally {
    leave()
    await context.close()
  }
}

const slow = (session: CDPSession, rate: number) => session.send('Emulation.setCPUThrottlingRate', { rate })

async function traced(browser: Browser, page: Page, act: () => Promise<void>): Promise<TraceEvent[]> {
  await browser.startTracing(page, { categories: CATEGORIES })
  await act()
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as {
    traceEvents: TraceEvent[]
  }
  return traceEvents
}

const swarmFramesOf = (page: Page): Promise<number> =>
  page.$eval('.swarm', (canvas) => Number((canvas as HTMLElement).dataset.frames))

function rest(page: Page, ms: number): Promise<void> {
  return page.waitForTimeout(ms)
}

async function openSheet(page: Page, ms: number): Promise<void> {
  await page.evaluate(() => document.querySelector<HTMLElement>('.sticker-all')!.click())
  await page.waitForTimeout(ms)
}

function rowOf(scene: SceneName, slowdown: number, works: readonly Work[]): Row {
  const of = (figure: Figure | 'swarmPerSecond') => spread(works.map((work) => work[figure]))
  return {
    ...{ scene, slowdown, longTasks: works.flatMap(({ longTasksMs }) => longTasksMs).length },
    ...{ msPerSecond: of('msPerSecond'), stylesPerSecond: of('stylesPerSecond') },
    ...{ layoutsPerSecond: of('layoutsPerSecond'), framesPerSecond: of('framesPerSecond') },
    ...{ longestMs: of('longestMs'), swarmPerSecond: of('swarmPerSecond') },
  }
}

const HEAD = [
  ...['scene', 'slowed', 'thread ms/s', 'styles/s', 'layouts/s', 'frames/s', 'swarm frames/s', 'longest ms'],
  `tasks over ${LONG_MS} ms`,
]

/** A row, with the saved one below it. */
function lines(row: Row, before: PageResult | undefined): string[][] {
  const saved = before?.rows.find(({ scene, slowdown }) => scene === row.scene && slowdown === row.slowdown)
  return [cells(row), ...(saved ? [['  saved', ...cells(saved).slice(1)]] : [])]
}

const cells = (row: Row): string[] => [
  ...[row.scene, `${row.slowdown}x`, say(row.msPerSecond, 0), say(row.stylesPerSecond, 1)],
  ...[say(row.layoutsPerSecond, 1), say(row.framesPerSecond, 1), say(row.swarmPerSecond, 0)],
  ...[say(row.longestMs, 0), String(row.longTasks)],
]
