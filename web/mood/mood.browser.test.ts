import { expect } from 'bun:test'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { browserTests, inWindow } from '../../test/browser/chromium.ts'
import type { Voting } from '../../test/polls/voting.ts'

let roar: Voting
let browser: Browser

const browserTest = browserTests((...started) => {
  ;[roar, browser] = started
})

const promise = (name: string, body: (page: Page) => Promise<void>, options?: BrowserContextOptions): void =>
  browserTest(name, () => inWindow(browser, roar.url, body, options))

const react = (stickers: Record<string, number>, segment?: string) =>
  roar.request('POST', '/v1/shows/final/reactions', undefined, { stickers, ...(segment && { segment }) })
const percents = (page: Page) => page.locator('.mood-percent').allTextContents()

promise('no side leads before anybody has reacted with one, and then they sum to 100', async (page) => {
  expect(await percents(page)).toEqual(['', ''])
  await react({ six: 40 })
  await page.waitForFunction(() => document.querySelector('.mood-total')!.textContent === '40')
  expect(await percents(page)).toEqual(['', ''])
  await react({ six: 40 }, 'home')
  await page.waitForSelector('.mood-percent:not(:empty)')
  const [home = 0, away = 0] = (await percents(page)).map((words) => Number.parseInt(words, 10))
  expect(home).toBeGreaterThan(away)
  expect(home + away).toBe(100)
})

promise('a total of sampled reactions is called an estimate', async (page) => {
  expect(await page.textContent('.mood-label')).toBe('reactions')
  await roar.studio('PATCH', 'switches', { reactions: 'sampled' })
  await page.waitForSelector('.mood-label:text-is("reactions, estimated")')
  const before = await page.$eval('.mood-total', (node) => getComputedStyle(node, '::before').content)
  expect(before).toContain('≈')
  await page.reload()
  await page.waitForSelector('.mood-label:text-is("reactions, estimated")')
  await roar.studio('PATCH', 'switches', { reactions: 'on' })
})
