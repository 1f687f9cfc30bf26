import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { Browser } from 'playwright-core'
import type { GuestAnswer } from '../../protocol/packets.ts'
import { live, openChromium, openWindow } from '../../test/browser/chromium.ts'
import { startRoar } from '../../test/embedded.ts'
import { needs } from '../../test/needs.ts'

const TIMEOUT_MS = 120_000
let roar: Awaited<ReturnType<typeof startRoar>>
let browser: Browser
const here = needs('chromium')
beforeAll(async () => {
  if (!here) return
  roar = await startRoar()
  browser = await openChromium()
}, TIMEOUT_MS)
afterAll(async () => {
  await browser?.close()
  await roar?.stop()
}, TIMEOUT_MS)

test.skipIf(!here)(
  'a viewer who comes later sees what was posted before',
  async () => {
    const post = (path: string, body: object, token = '') =>
      fetch(roar.url + path, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: token === '' ? {} : { authorization: `Bearer ${token}` },
      })
    const { token } = (await (await post('/v1/viewers', { name: 'Ada Quill' })).json()) as GuestAnswer
    expect((await post('/v1/shows/final/posts', { sticker: 'six' }, token)).status).toBe(202)
    const feed = async () => (await fetch(`${roar.url}/v1/shows/final/feed`)).text()
    while (!(await feed()).includes('Ada Quill'));
    const { page, faults, close } = await openWindow(browser, roar.url)
    await live(page)
    await page.waitForSelector('#posts :text("Ada Quill")')
    expect(await page.locator('.feed-empty').isVisible()).toBe(false)
    expect(faults).toEqual([])
    await close()
  },
  TIMEOUT_MS,
)
