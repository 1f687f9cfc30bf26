import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { needs } from '../needs.ts'
import { startVoting, type Voting } from '../polls/voting.ts'

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
}
export const DESKTOP: BrowserContextOptions = { viewport: { width: 1440, height: 900 } }

/** The system's Chromium, without windows where it is there so. Where there is none, `needs('chromium')` has left the test out. */
export const openChromium = (): Promise<Browser> =>
  chromium.launch({
    executablePath: Bun.which('chromium-headless-shell') ?? Bun.which('chromium') ?? 'chromium',
    args: FLAGS,
  })

/** Shorter than a test's own limit, so a failure says what was waited for; long enough for a busy machine and a try again. */
export const STEP_TIMEOUT_MS = 60_000

/** A window of its own: nothing is shared with the others. `faults` collects what the page complained about. */
export async function openWindow(
  browser: Browser,
  address: string,
  options: BrowserContextOptions = DESKTOP,
): Promise<{ page: Page; faults: string[]; close(): Promise<void> }> {
  const context = await browser.newContext(options)
  context.setDefaultTimeout(STEP_TIMEOUT_MS)
  const page = await context.newPage()
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text())
  })
  await page.goto(address)
  return { page, faults, close: () => context.close() }
}

/** Runs what is to be seen in a window of its own, once it is connected and has its stickers; it must have complained about nothing. */
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

/** A tap on a sticker. A press by the mouse may rest for longer than a tap on a busy machine, and is a hold then. */
export const tap = (page: Page, sticker: string): Promise<void> =>
  page.locator(sticker).first().dispatchEvent('click')

/** Waits until the page is connected. */
export const live = (page: Page): Promise<unknown> => page.waitForSelector('.dot[data-state="live"]')

/** A bound against a test that hangs: the machine may have other work. */
const TIMEOUT_MS = 120_000

/**
 * Tests of one file with a server and a browser, started before them and closed after them. Where Chromium or another
 * program that they need is missing they are left out.
 * @param prepare Takes both, and does what has to be there before the first test.
 * @param options.flags Of the server, as on the command line. @param options.timeoutMs Of each test, and of what is before them.
 */
export function browserTests(
  prepare: (roar: Voting, browser: Browser) => unknown,
  {
    programs = [],
    flags = [],
    timeoutMs = TIMEOUT_MS,
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
    opened.push(() => browser.close())
    await prepare(roar, browser)
  }, timeoutMs)
  afterAll(async () => {
    for (const close of opened.reverse()) await close()
  }, TIMEOUT_MS)
  return (name, body) => test.skipIf(!here)(name, body, timeoutMs)
}
