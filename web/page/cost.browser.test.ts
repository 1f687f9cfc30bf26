import { expect } from 'bun:test'
import type { Browser, CDPSession, Page } from 'playwright-core'
import { browserTests, live, MOVING, openWindow, PHONE } from '../../test/browser/chromium.ts'
import type { Voting } from '../../test/polls/voting.ts'

/** What packets write is written so often a second at most, see `together`. */
const WRITES_PER_S = 2
/** Each of those is a layout, as a post asks for its place. */
const LAYOUTS_A_WRITE = 1.5
/**
 * A style before each layout and one in the frame, and some more each time that a light goes on or out, which is up to the crowd: half of
 * one a frame. A page that follows each packet makes one in nearly every frame.
 */
const STYLES_PER_S = 30
/** Windows are 50 ms here: a page that wrote each would write ten times as often. */
const PACKETS = 100

let roar: Voting
let browser: Browser

const browserTest = browserTests(async (...started) => {
  ;[roar, browser] = started
  const segments = ['home', 'away'].map((segment) => ({ segment, title: segment }))
  const show = { show: 'plain', title: 'Plain', packs: ['classic'], segments, sides: ['home', 'away'] }
  await roar.produce('POST', '/shows', show)
  await roar.produce('POST', '/shows/plain/start')
})

/** Taps and posts of a crowd of both sides, each window another number. Returns the function that ends it. */
async function startCrowd(): Promise<() => void> {
  const guest = await roar.request('POST', '/v1/viewers', undefined, { name: 'Ada' })
  const { token } = (await guest.json()) as { token: string }
  const shows = '/v1/shows/plain'
  let turn = 0
  const timer = setInterval(() => {
    turn++
    const segment = turn % 5 < 3 ? 'home' : 'away'
    const stickers = { heart: 10 + (turn % 7), six: 1 + (turn % 3) }
    void roar.request('POST', `${shows}/reactions`, undefined, { stickers, segment })
    if (turn % 10 === 0)
      void roar.request('POST', `${shows}/posts`, token, { sticker: turn % 20 ? 'six' : 'fire' })
  }, 50)
  return () => clearInterval(timer)
}

/** Resolves once so many more packets have come. */
function packets(page: Page, count: number): Promise<void> {
  return new Promise((resolve) => {
    page.on('websocket', (socket) => {
      let left = count
      socket.on('framereceived', () => --left === 0 && resolve())
    })
  })
}

/** What the page has done since `session` was asked to count. */
async function countsOf(session: CDPSession): Promise<{ seconds: number; styles: number; layouts: number }> {
  const { metrics } = await session.send('Performance.getMetrics')
  const metric = (wanted: string) => metrics.find(({ name }) => name === wanted)!.value
  return { seconds: metric('Timestamp'), styles: metric('RecalcStyleCount'), layouts: metric('LayoutCount') }
}

browserTest(
  'a crowd’s packets are written twice a second at most, each time with few styles and layouts',
  async () => {
    const leave = await startCrowd()
    const { page, faults, close } = await openWindow(browser, 'about:blank', { ...PHONE, ...MOVING })
    const [early, late] = [packets(page, PACKETS), packets(page, 2 * PACKETS)]
    await page.goto(`${roar.url}/?show=plain`)
    await live(page)
    await page.waitForSelector('.post')
    await page.$eval('.mood-total', (total) => {
      new MutationObserver(() => {
        total.dataset.writes = String(Number(total.dataset.writes ?? 0) + 1)
      }).observe(total, { childList: true, characterData: true, subtree: true })
    })
    // What comes late, and the first light of a crowd that was not there before, is over.
    await early
    const session = await page.context().newCDPSession(page)
    await session.send('Performance.enable')
    const before = await countsOf(session)
    const written = await writesOf(page)
    await late
    // Within the time that is measured, however long a slow machine takes for each question.
    const writtenLate = await writesOf(page)
    const after = await countsOf(session)
    leave()
    const seconds = after.seconds - before.seconds
    const writes = WRITES_PER_S * seconds + 1
    const found = {
      writes: writtenLate - written,
      styles: after.styles - before.styles,
      layouts: after.layouts - before.layouts,
    }
    console.log(`${PACKETS} packets in ${seconds.toFixed(1)} s:`, found)
    for (const count of Object.values(found)) expect(count).toBeGreaterThan(0)
    expect(found.writes).toBeLessThanOrEqual(writes)
    expect(found.styles).toBeLessThanOrEqual(STYLES_PER_S * seconds)
    expect(found.layouts).toBeLessThanOrEqual(LAYOUTS_A_WRITE * writes)
    expect(faults).toEqual([])
    await close()
  },
)

const writesOf = (page: Page): Promise<number> =>
  page.$eval('.mood-total', (total) => Number((total as HTMLElement).dataset.writes ?? 0))

browserTest('who wants no motion has no worker for a swarm', async () => {
  const swarms = (page: Page) => page.workers().filter((worker) => worker.url().includes('/swarm')).length
  for (const [reducedMotion, workers] of [
    ['reduce', 0],
    ['no-preference', 1],
  ] as const) {
    const { page, close } = await openWindow(browser, 'about:blank', { ...PHONE, reducedMotion })
    await page.goto(`${roar.url}/?show=plain`)
    await live(page)
    await roar.request('POST', '/v1/shows/plain/reactions', undefined, { stickers: { heart: 40 } })
    const shown = reducedMotion === 'reduce' ? '#bars .bar' : '.swarm:not([data-crowd="0"])'
    await page.waitForSelector(shown, { state: 'attached' })
    expect(swarms(page)).toBe(workers)
    await close()
  }
})
