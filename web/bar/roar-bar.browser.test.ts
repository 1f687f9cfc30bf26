import { afterAll, expect } from 'bun:test'
import type { Browser, Page } from 'playwright-core'
import { browserTests, openContext, tap } from '../../test/browser/chromium.ts'

let browser: Browser
/** Roar's address, below a path, as somebody's proxy would have it. */
let at = ''

/** A page with no liking for Roar: nothing inline, and a style that means every element there is. */
const HOSTILE =
  '*{color:lime;letter-spacing:.3em;text-transform:uppercase;font-style:italic;text-align:right;visibility:visible}'
const page = (body: string) =>
  `<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="/style.css">${body}`
const script = () => `<script type="module" src="${at}/roar-bar.js"></script>`
const bar = (attributes = '') => `<roar-bar url="${at}" show="final" ${attributes}></roar-bar>`

const pages: Record<string, () => string> = {
  '/bars': () => page(`<button id="player">Play</button>${bar('id="one"')}${bar('id="two"')}${script()}`),
  '/frame': () => page(`<iframe sandbox="allow-scripts" src="${at}/"></iframe>`),
}

const stranger = Bun.serve({
  port: 0,
  fetch(request) {
    const { pathname } = new URL(request.url)
    if (pathname === '/style.css') return new Response(HOSTILE, { headers: { 'content-type': 'text/css' } })
    const body = pages[pathname]?.()
    if (body === undefined) return new Response('', { status: 404 })
    const { origin } = new URL(at)
    const socket = origin.replace(/^http/, 'ws')
    const policy = `default-src 'none'; style-src 'self'; script-src ${origin}; connect-src ${origin} ${socket}; frame-src ${origin}`
    return new Response(body, {
      headers: { 'content-type': 'text/html', 'content-security-policy': policy },
    })
  },
})
const origin = `http://localhost:${stranger.port}`
const browserTest = browserTests(
  (roar, started) => {
    browser = started
    at = `${roar.url}/live`
  },
  { flags: ['--public-url', 'http://127.0.0.1/live', '--framed-by', origin] },
)
afterAll(() => stranger.stop(true))

async function visit(path: string): Promise<Page> {
  const page = await (await openContext(browser, {})).newPage()
  await page.addInitScript(() => {
    const taps: string[] = []
    Object.assign(globalThis, { taps })
    addEventListener('roar-tap', (event) => {
      taps.push(`${(event.target as Element).id} ${(event as CustomEvent).detail.sticker}`)
    })
  })
  await page.goto(`${origin}${path}`)
  return page
}
const tapsOf = (page: Page): Promise<string[]> =>
  page.evaluate(() => (globalThis as unknown as { taps: string[] }).taps)

browserTest(
  'two bars on a strict page keep the path of their server, take nothing of its style, and leave its keys alone',
  async () => {
    const page = await visit('/bars')
    await page.waitForSelector('#one [data-sticker="heart"]')
    await page.waitForSelector('#two [data-sticker="heart"]')
    await page.focus('#player')
    await page.keyboard.press('1')
    expect(await tapsOf(page)).toEqual([])
    await page.focus('#two [data-sticker="six"]')
    await page.keyboard.press('1')
    await tap(page, '#one [data-sticker="six"]')
    expect(await tapsOf(page)).toEqual(['two heart', 'one six'])

    const style = await page.evaluate(() => {
      const { color, letterSpacing, textTransform, fontStyle, textAlign } = getComputedStyle(
        document.querySelector('#one')!.shadowRoot!.querySelector('.status-words')!,
      )
      return { lime: color === 'rgb(0, 255, 0)', letterSpacing, textTransform, fontStyle, textAlign }
    })
    expect(style).toEqual({
      lime: false,
      letterSpacing: 'normal',
      textTransform: 'none',
      fontStyle: 'normal',
      textAlign: 'start',
    })
    // A root's size that is not for reading is not taken for the viewer's wish.
    const sizes = await page.evaluate(() => {
      const words = document.querySelector('#one')!.shadowRoot!.querySelector('.status-words')!
      return ['62.5%', '100%', '200%', '75px'].map((root) => {
        document.documentElement.style.fontSize = root
        return getComputedStyle(words).fontSize
      })
    })
    expect(sizes).toEqual(['12.5px', '12.5px', '25px', '25px'])
    // The policy lets no picture of the server in: the letter stands in its place.
    await page.waitForFunction(
      () =>
        document.querySelector('#one')!.shadowRoot!.querySelector('[data-sticker="six"] .sticker-icon')
          ?.textContent === 'S',
    )
    await page.close()
  },
)

browserTest(
  "the page works in a sandboxed frame on somebody else's page, where it has no origin and no storage",
  async () => {
    const page = await visit('/frame')
    const frame = page.frameLocator('iframe')
    await frame.locator('.sticker').first().waitFor()
    const counted = page.waitForResponse((response) => /reactions$/.test(response.url()))
    await frame.locator('[data-sticker="heart"]').click()
    expect((await counted).status()).toBe(202)
    await page.close()
  },
)
