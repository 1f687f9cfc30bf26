import { afterAll, beforeAll, expect, test } from 'bun:test'
import { source as AXE } from 'axe-core'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { DESKTOP, openChromium, openWindow, PHONE } from '../../../test/browser/chromium.ts'
import { needs } from '../../../test/needs.ts'
import { startVoting, tokenOf, type Voting } from '../../../test/polls/voting.ts'

const TIMEOUT_MS = 120_000
const FARM = '203.0.113.9'
const here = needs('chromium')
let roar: Voting
let browser: Browser

beforeAll(async () => {
  if (!here) return
  // So that what goes to quarantine does not depend on the pace of the machine.
  const flags = ['--trust-proxy', 'true', '--network-per-second', '1', '--network-burst', '5']
  roar = await startVoting({ flags })
  browser = await openChromium()
  await roar.create('mvp', { visibility: 'live' })
  await roar.act('mvp', 'open')
  for (let i = 0; i < 40; i++) {
    const headers = { authorization: `Bearer ${tokenOf(`v${i}`)}`, 'x-forwarded-for': FARM }
    const body = JSON.stringify({ choice: 'anna' })
    await fetch(`${roar.url}/v1/shows/final/polls/mvp/votes`, { method: 'POST', headers, body })
  }
}, TIMEOUT_MS)
afterAll(async () => {
  await browser?.close()
  await roar?.stop()
  roar?.data.remove()
}, TIMEOUT_MS)

async function openIntegrity(options: BrowserContextOptions) {
  const opened = await openWindow(browser, `${roar.url}/stickers/six.svg`, options)
  const token = tokenOf('ann', { name: 'Ann Weber', role: 'producer' })
  await opened.page.evaluate((kept) => sessionStorage.setItem('roar-studio-token', kept), token)
  await opened.page.goto(`${roar.url}/studio/shows/final/integrity`)
  return opened
}

async function findings(page: Page): Promise<string[]> {
  await page.evaluate(AXE)
  return page.evaluate(async () => {
    const { axe } = window as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> }
    }
    const { violations } = await axe.run()
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
  })
}

test.skipIf(!here)(
  'whence votes went to quarantine stands there in words with its figures, on a phone too, and no address does',
  async () => {
    for (const options of [PHONE, { ...DESKTOP, colorScheme: 'dark' as const }]) {
      const { page, faults, close } = await openIntegrity(options)
      const cohorts = page.getByRole('region', { name: 'Where the votes in quarantine came from' })
      await cohorts.getByText(/too fast: \d+ were more than one network may send/).waitFor()
      expect(await page.textContent('body')).not.toContain(FARM)
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThan(1)
      expect(await findings(page)).toEqual([])
      if (process.env.SHOTS)
        await page.screenshot({
          path: `${process.env.SHOTS}/integrity-${options.viewport!.width}.png`,
          fullPage: true,
        })
      expect(faults).toEqual([])
      await close()
    }
  },
  TIMEOUT_MS,
)
