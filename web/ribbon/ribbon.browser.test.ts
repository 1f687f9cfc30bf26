import { expect } from 'bun:test'
import type { Browser, Page } from 'playwright-core'
import type { MoodPacket } from '../../sdk/src/index.ts'
import { browserTests, DESKTOP, live, MOVING, openWindow, PHONE } from '../../test/browser/chromium.ts'
import { until } from '../../test/until.ts'
import { STEP_MS } from './moments.ts'

let url: string
let browser: Browser
const browserTest = browserTests((voting, opened) => {
  url = voting.url
  browser = opened
})

/** A crowd's taps, all of them counted. */
async function crowd(stickers: Record<string, number>): Promise<void> {
  const before = await total()
  const taps = Object.values(stickers).reduce((sum, count) => sum + count, 0)
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ stickers, segment: 'home' })
  const { status } = await fetch(`${url}/v1/shows/final/reactions`, { method: 'POST', headers, body })
  expect(status).toBe(202)
  await until(total, (now) => now >= before + taps)
}

async function newest(): Promise<Pick<MoodPacket, 'n' | 'total'>> {
  const response = await fetch(`${url}/v1/shows/final/mood`)
  return response.ok ? ((await response.json()) as MoodPacket) : { n: 0, total: 0 }
}
const total = async (): Promise<number> => (await newest()).total

/** @throws what the line has instead, and what the history says */
async function lineHas(page: Page, n: number): Promise<void> {
  const has = (n: number) => document.querySelector<HTMLElement>('.ribbon-line')?.dataset.n === String(n)
  await page.waitForFunction(has, n).catch(async (cause) => {
    const line = await page.$eval('.ribbon-line', (node) => JSON.stringify((node as HTMLElement).dataset))
    const from = Date.now() - 600_000
    const history = await fetch(`${url}/v1/shows/final/timeline?from=${from}&stepMs=${STEP_MS}`)
    throw new Error(`${n} are not in the line ${line}, of ${await history.text()}`, { cause })
  })
}
const crowdDrawn = (page: Page) => page.$eval('.swarm', ({ dataset }: HTMLElement) => Number(dataset.crowd))

const moreDrawn = (page: Page, before: number) =>
  page.waitForFunction(
    (before) => Number(document.querySelector<HTMLElement>('.swarm')!.dataset.crowd) > before,
    before,
  )

browserTest('the line has what was before the viewer came, and each reaction since, once', async () => {
  await crowd({ heart: 30, six: 10 })
  const { page, faults, close } = await openWindow(browser, url, PHONE)
  await live(page)
  await crowd({ fire: 7 })
  await lineHas(page, await total())
  expect(faults).toEqual([])
  await close()
})

browserTest('a line that loads in a silence, after its last packet, has what was before it', async () => {
  const { page, faults, close } = await openWindow(browser, 'about:blank', PHONE)
  const released = Promise.withResolvers<void>()
  await page.route('**/ribbon.js', async (route) => {
    await released.promise
    await route.continue()
  })
  await page.goto(url)
  await live(page)
  await crowd({ fire: 7 })
  const { total } = await until(newest, ({ n }) => n === 0)
  await page.waitForFunction(
    (total) => document.querySelector('.mood-total')?.textContent === String(total),
    total,
  )
  released.resolve()
  await lineHas(page, total)
  expect(faults).toEqual([])
  await close()
})

browserTest('who comes late sees the last half minute again, and then what is live', async () => {
  const { page, faults, close } = await openWindow(browser, url, { ...DESKTOP, ...MOVING })
  await live(page)
  await crowd({ heart: 40 })
  await page.waitForSelector('.ribbon-last:enabled')
  const before = await crowdDrawn(page)
  await page.click('.ribbon-last')
  await page.waitForSelector('.ribbon-badge:not([hidden])')
  await moreDrawn(page, before)
  // A scene of seconds is over by itself.
  await page.waitForSelector('.ribbon-badge', { state: 'hidden' })
  const after = await crowdDrawn(page)
  // One packet may launch nothing: a slow machine has fewer in the air at once, and the scene's may be all of them.
  await until(
    async () => {
      await crowd({ heart: 40 })
      return crowdDrawn(page)
    },
    (drawn) => drawn > after,
  )
  expect(faults).toEqual([])
  await close()
})

browserTest('a loud moment has a mark, which plays it by a press or by the keyboard', async () => {
  const { page, faults, close } = await openWindow(browser, 'about:blank', { ...DESKTOP, ...MOVING })
  // A history that is made: a real crowd would have to be quiet for a minute first.
  const loudAt = Date.now() - (Date.now() % STEP_MS) - 40 * STEP_MS
  const steps = Array.from({ length: 30 }, (_, i) => ({
    at: loudAt + (i - 15) * STEP_MS,
    counts: i >= 15 && i < 19 ? { heart: 10, six: 400 } : { heart: 10 },
  }))
  await page.route('**/timeline?*', (route) =>
    route.fulfill({ json: { stepMs: STEP_MS, steps, highlights: [] } }),
  )
  await page.goto(url)
  await live(page)
  await crowd({ clap: 1 })
  await page.waitForSelector('.ribbon-mark')
  expect(await page.getAttribute('.ribbon-mark', 'aria-label')).toContain('Six')
  await page.focus('.ribbon-mark')
  await page.keyboard.press('Enter')
  await page.waitForSelector('.ribbon-mark[aria-pressed="true"]')
  await moreDrawn(page, 20)
  await page.keyboard.press('Enter')
  await page.waitForSelector('.ribbon-mark[aria-pressed="false"]')
  expect(await page.isHidden('.ribbon-badge')).toBe(true)
  await page.keyboard.press('Enter')
  await page.click('.ribbon-live')
  expect(await page.isHidden('.ribbon-badge')).toBe(true)
  expect(faults).toEqual([])
  await close()
})
