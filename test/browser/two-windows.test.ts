import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { Browser, Page } from 'playwright-core'
import { startRoar } from '../embedded.ts'
import { HANG_MS } from '../hang.ts'
import { needs } from '../needs.ts'
import { DESKTOP, leaveChromium, live, MOVING, openChromium, openWindow, PHONE } from './chromium.ts'

/** More of them with TRIALS=n: the times that are printed are each trial's. */
const TRIALS = Number(process.env.TRIALS ?? 1)

let roar: Awaited<ReturnType<typeof startRoar>>
let browser: Browser

const here = needs('chromium')
beforeAll(async () => {
  if (!here) return
  roar = await startRoar()
  browser = await openChromium()
}, HANG_MS)
afterAll(async () => {
  await leaveChromium(browser)
  await roar?.stop()
}, HANG_MS)

/** The time, by the machine's clock, at which a condition becomes true in a page. */
const momentOf = (page: Page, condition: string): Promise<number> =>
  page.evaluate(
    (code) =>
      new Promise<number>((resolve) => {
        const holds = new Function(`return (${code})`) as () => boolean
        const look = () =>
          holds() ? resolve(performance.timeOrigin + performance.now()) : setTimeout(look, 4)
        look()
      }),
    condition,
  )

test.skipIf(!here)(
  'a tap in one window is a swarm in the other, and a post in one stands in the feed of the other',
  async () => {
    const second = await openWindow(browser, roar.url, { ...DESKTOP, ...MOVING })
    await live(second.page)
    const tapMs: number[] = []
    const postMs: number[] = []
    for (let trial = 0; trial < TRIALS; trial++) {
      const first = await openWindow(browser, roar.url, { ...PHONE, ...MOVING })
      await live(first.page)
      const before = await second.page.getAttribute('.swarm', 'data-crowd')
      const swarmed = momentOf(second.page, `+document.querySelector('.swarm').dataset.crowd > ${before}`)
      const tapped = momentOf(first.page, `+document.querySelector('.swarm').dataset.own > 0`)
      await first.page.tap('[data-sticker="six"]')
      tapMs.push((await swarmed) - (await tapped))

      await first.page.tap('.composer-arm')
      await first.page.fill('.composer-input', `Mira ${trial}`)
      await first.page.tap('.composer-save')
      const posted = momentOf(first.page, `document.querySelector('.post[data-own]') !== null`)
      const stood = momentOf(second.page, `document.body.innerText.includes('Mira ${trial}')`)
      await first.page.tap('[data-sticker="heart"]')
      postMs.push((await stood) - (await posted))
      expect(first.faults).toEqual([])
      await first.close()
    }
    // Half a second is the aim on an idle machine; the measured times are printed for the reader of the run.
    console.log(`tap to swarm ${tapMs.map(Math.round)} ms, post to feed ${postMs.map(Math.round)} ms`)
    expect(second.faults).toEqual([])
    await second.close()
  },
)
