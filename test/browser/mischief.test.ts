import { expect } from 'bun:test'
import type { Browser } from 'playwright-core'
import { tokenOf, type Voting } from '../polls/voting.ts'
import { browserTests, DESKTOP, openWindow } from './chromium.ts'

const MISCHIEF = `"'><img src=/mischief onerror="window.mischief=1"><svg onload=window.mischief=1>`
const SCREENS = ['desk', 'prepare', 'moderation', 'integrity', 'after']

let roar: Voting
let browser: Browser
const browserTest = browserTests(async (...started) => {
  ;[roar, browser] = started
  await roar.produce('POST', '/packs', { pack: 'odd', title: MISCHIEF })
  await roar.produce('PUT', '/packs/odd/stickers/odd', {
    title: MISCHIEF,
    emoji: '👷',
    keywords: [MISCHIEF.slice(0, 64)],
  })
  const segments = [{ segment: 'home', title: MISCHIEF }]
  await roar.produce('POST', '/shows', {
    show: 'odd',
    title: MISCHIEF,
    packs: ['odd'],
    segments,
    rules: { text: true },
  })
  await roar.produce('POST', '/shows/odd/start')
  const choices = ['a', 'b'].map((choice) => ({ choice, title: choice + MISCHIEF }))
  await roar.produce('POST', '/shows/odd/polls', {
    poll: 'odd',
    question: MISCHIEF,
    choices,
    visibility: 'live',
  })
  await roar.produce('POST', '/shows/odd/polls/odd/open')
  await roar.produce('PUT', '/shows/odd/pin', { text: MISCHIEF })
})

/** What the page itself reports: whether injected markup became an element, and whether it caused a request. */
const made =
  '[...document.querySelectorAll("[src*=mischief], [onerror], [onload]")].map((each) => each.outerHTML)'

browserTest(
  'words of producers and viewers are words on every screen, whatever markup is in them',
  async () => {
    const viewer = tokenOf('odd', { name: MISCHIEF.slice(0, 60), role: 'producer' })
    for (const path of [
      '/?show=odd',
      '/overlay/odd',
      ...SCREENS.map((screen) => `/studio/shows/odd/${screen}`),
    ]) {
      const { page, close } = await openWindow(browser, `${roar.url}/stickers/six.svg`, DESKTOP)
      await page.evaluate((kept) => sessionStorage.setItem('roar-studio-token', kept), viewer)
      const asked: string[] = []
      page.on('request', (request) => void asked.push(new URL(request.url()).pathname))
      await page.goto(roar.url + path)
      await page.waitForSelector('text=onerror', { state: 'attached' })
      const body = { sticker: 'odd', text: MISCHIEF.slice(0, 100) }
      await roar.request('POST', '/v1/shows/odd/posts', viewer, body)
      if (!path.startsWith('/studio'))
        await page.waitForSelector('[class*=feed] >> text=onerror', { state: 'attached' })
      expect([path, await page.evaluate('window.mischief'), await page.evaluate(made)]).toEqual([
        path,
        undefined,
        [],
      ])
      expect(asked).not.toContain('/mischief')
      await close()
    }
  },
)
