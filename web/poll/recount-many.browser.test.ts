import { expect } from 'bun:test'
import { readFileSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { fillBallots } from '../../bench/votes/fill.ts'
import { browserTests, live, openWindow, PHONE } from '../../test/browser/chromium.ts'
import { HANG_MS } from '../../test/hang.ts'
import type { Voting } from '../../test/polls/voting.ts'

/** `BALLOTS=1000000 bun test web/poll/recount-many.browser.test.ts` counts a million, and prints what that takes. */
const BALLOTS = Number(process.env.BALLOTS ?? 20_000)
/** The page hears of so many at a time. */
const STEP = 10_000

/** A millisecond a ballot more than others. */
const LIMITS = { timeoutMs: HANG_MS + BALLOTS }

let roar: Voting
let browser: Browser
const browserTest = browserTests(async (...started) => {
  ;[roar, browser] = started
  await roar.create('mvp', { visibility: 'live' })
  await roar.act('mvp', 'open')
  await fillBallots(roar.things.log!, { poll: 'mvp', count: BALLOTS })
  await roar.counted('mvp', BALLOTS)
  for (const action of ['close', 'seal', 'forget'])
    if ((await roar.act('mvp', action)).status !== 200) throw new Error(`the poll takes no ${action}`)
}, LIMITS)

/** The most memory that the page's process, its worker in it, has had, in MB. */
async function rendererMb(): Promise<number> {
  const session = await browser.newBrowserCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  await session.detach()
  const peaks = processInfo
    .filter(({ type }) => type === 'renderer')
    .map(({ id }) => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1]) / 1024)
  return Math.max(...peaks)
}

browserTest('while many ballots are counted the page says how far it is, and goes on', async () => {
  const { page, close } = await openWindow(browser, roar.url, PHONE)
  try {
    await live(page)
    const beforeMb = await rendererMb()
    if ((await page.getAttribute('.poll:visible', 'data-folded')) === 'true') await page.click('.poll-fold')
    const button = page.locator('button:text-is("Recount all")')
    const counting = await button.evaluate((node) => {
      const told = new Set<string>()
      new MutationObserver(() => told.add(node.textContent)).observe(node, {
        childList: true,
        characterData: true,
        subtree: true,
      })
      let [frames, longestMs, lastMs] = [0, 0, performance.now()]
      const frame = (nowMs: number) => {
        frames++
        longestMs = Math.max(longestMs, nowMs - lastMs)
        lastMs = nowMs
        requestAnimationFrame(frame)
      }
      requestAnimationFrame(frame)
      return Object.assign(window, { counting: () => ({ told: [...told], frames, longestMs }) }) && true
    })
    expect(counting).toBe(true)
    const startedMs = performance.now()
    await button.click()
    const verdict = page.locator('.poll-verdict:visible')
    await verdict.waitFor({ timeout: 0 })
    const tookMs = performance.now() - startedMs
    const { told, frames, longestMs } = await page.evaluate(() =>
      (window as unknown as { counting(): { told: string[]; frames: number; longestMs: number } }).counting(),
    )
    expect(await verdict.getAttribute('data-verdict')).toBe('recount-same')
    // At its beginning, at each step, and as it was.
    expect(told.length).toBeGreaterThanOrEqual(Math.min(100, BALLOTS / STEP))
    expect(frames).toBeGreaterThan(0)
    if (process.env.BALLOTS !== undefined) {
      const mb = (await rendererMb()) - beforeMb
      const took = `${(tookMs / 1000).toFixed(1)} s, ${mb.toFixed(0)} MB more`
      console.log(`${BALLOTS} ballots: ${took}, ${frames} frames, the longest ${longestMs.toFixed(0)} ms`)
    }
  } finally {
    await close()
  }
})
