import { afterAll, beforeAll, expect, test } from 'bun:test'
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core'
import { HANG_MS } from '../hang.ts'
import { needs, pathOf } from '../needs.ts'
import { startVoting, type Voting } from '../polls/voting.ts'
import { answering, type OtherWindow } from './other-window.ts'

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Fewer processes, which each begin with nothing loaded and compiled: a sixth of what a page takes.
  '--in-process-gpu',
  '--renderer-process-limit=1',
  '--enable-features=NetworkServiceInProcess2',
  // Pages live for seconds here: the optimising compiler takes more than it gains, a tenth of what most tests take.
  '--js-flags=--no-opt',
]

export const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
}
export const TABLET: BrowserContextOptions = { viewport: { width: 1024, height: 768 }, hasTouch: true }
export const DESKTOP: BrowserContextOptions = { viewport: { width: 1440, height: 900 } }
/** For a test of what moves: the ground, the swarm, the taps that fly to it. */
export const MOVING: BrowserContextOptions = { reducedMotion: 'no-preference' }
/**
 * For any other: drawn without a graphics card, a page that moves takes more than all else that a test does, and an audit of
 * colours would see those of a moment.
 */
export const STILL: BrowserContextOptions = { reducedMotion: 'reduce' }

let shared: Promise<Browser> | undefined

/**
 * The system's Chromium, headless if installed so: one for all test files that share a process, as each start takes most of a second
 * of a core and begins with nothing loaded. It ends with the process; a file leaves it by `leaveChromium`, or closes it where no
 * other comes. Without Chromium, `needs('chromium')` has skipped the test.
 */
export function openChromium(): Promise<Browser> {
  shared =
    shared === undefined
      ? launch()
      : shared.then((opened) => (opened.isConnected() ? opened : launch()), launch)
  return shared
}

const launch = (): Promise<Browser> =>
  chromium.launch({ executablePath: pathOf('chromium') ?? 'chromium', args: FLAGS })

/** Closes what a file has opened in it. */
export async function leaveChromium(browser: Browser | undefined): Promise<void> {
  for (const context of browser?.contexts() ?? []) await context.close()
}

/** Shorter than a test's own limit, so that a failure says what was waited for; long enough for a busy machine and a retry. */
export const STEP_TIMEOUT_MS = HANG_MS / 2

/** Somebody's browser, which shares nothing with others. Nothing on its pages moves unless `options` say so. */
export async function openContext(
  browser: Browser,
  options: BrowserContextOptions = DESKTOP,
): Promise<BrowserContext> {
  const context = await browser.newContext({ ...STILL, ...options })
  context.setDefaultTimeout(STEP_TIMEOUT_MS)
  return context
}

/** The only window of somebody's browser. `faults` collects the page's errors. */
export async function openWindow(
  browser: Browser,
  address: string,
  options: BrowserContextOptions = DESKTOP,
): Promise<{ page: Page; faults: string[]; close(): Promise<void> }> {
  const context = await openContext(browser, options)
  const page = await context.newPage()
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text())
  })
  await page.goto(address)
  return { page, faults, close: () => context.close() }
}

/** A window of its own browser, driven by scripts alone, as those of other browsers are. */
export async function openScripted(options: BrowserContextOptions): Promise<OtherWindow> {
  const browser = await openChromium()
  const { page, close } = await openWindow(browser, 'about:blank', options)
  return answering({
    open: async (url) => void (await page.goto(url)),
    run: (script) => page.evaluate((body) => new Function(body)() as unknown, script),
    picture: () => page.screenshot(),
    async close() {
      await close()
      if (browser.contexts().length === 0) await browser.close()
    },
  })
}

/** Runs a check in its own window, once it is connected and has its stickers; the page must not have reported errors. */
export async function inWindow(
  browser: Browser,
  address: string,
  body: (page: Page) => Promise<void>,
  options?: BrowserContextOptions,
): Promise<void> {
  const { page, faults, close } = await openWindow(browser, address, options)
  await live(page)
  await page.waitForSelector('.sticker')
  await body(page)
  expect(faults).toEqual([])
  await close()
}

/** A tap on a sticker. On a busy machine a mouse press may last longer than a tap, and would be a hold. */
export const tap = (page: Page, sticker: string): Promise<void> =>
  page.locator(sticker).first().dispatchEvent('click')

/** A press of the mouse that lasts until something else has changed on the page. */
export async function pressDuring(page: Page, target: string, change: () => Promise<unknown>): Promise<void> {
  await page.hover(target)
  await page.mouse.down()
  await change()
  await page.mouse.up()
}

/** What a page has received is on its screen by the next frame but one. */
export const drawn = (page: Page): Promise<unknown> =>
  page.evaluate(() => new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next))))

/** Waits until the page is connected. */
export const live = (page: Page): Promise<unknown> => page.waitForSelector('.dot[data-state="live"]')

/**
 * Tests of one file with a server and a browser, started before them and closed after them. Skipped if Chromium or another
 * program they need is missing.
 * @param prepare Takes both, and sets up what the first test needs.
 * @param options.flags Of the server, as on the command line. @param options.timeoutMs For each test, and for the setup.
 */
export function browserTests(
  prepare: (roar: Voting, browser: Browser) => unknown,
  {
    programs = [],
    flags = [],
    timeoutMs = HANG_MS,
  }: { programs?: string[]; flags?: string[]; timeoutMs?: number } = {},
): (name: string, body: () => Promise<void>) => void {
  const here = ['chromium', ...programs].map((program) => needs(program)).every(Boolean)
  const opened: (() => Promise<unknown>)[] = []
  beforeAll(async () => {
    if (!here) return
    const roar = await startVoting({ flags })
    opened.push(async () => {
      await roar.stop()
      roar.data.remove()
    })
    const browser = await openChromium()
    opened.push(() => leaveChromium(browser))
    await prepare(roar, browser)
  }, timeoutMs)
  afterAll(async () => {
    for (const close of opened.reverse()) await close()
  }, HANG_MS)
  return (name, body) => test.skipIf(!here)(name, body, timeoutMs)
}
