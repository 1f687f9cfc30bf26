import { expect } from 'bun:test'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { browserTests, DESKTOP, live, openWindow, PHONE, tap } from '../../test/browser/chromium.ts'
import { tokenOf, type Voting } from '../../test/polls/voting.ts'

const LONG_WORD = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft'
const LONG_TITLE = 'Standing ovation of the whole southern end!'
/** The only thing that a page may complain about here: the pictures that are not there. */
const MISSING = /404/

let roar: Voting
let browser: Browser

const browserTest = browserTests(async (...started) => {
  ;[roar, browser] = started
  await roar.produce('POST', '/packs', { pack: 'terrace', title: 'Terrace' })
  await roar.produce('PUT', '/packs/terrace/stickers/ovation', { title: LONG_TITLE, emoji: '👏' })
  await roar.produce('PUT', '/packs/terrace/stickers/drum', { title: 'Drum', emoji: '🥁' })
  await show('derby', { language: 'de' })
  await show('cairo', { language: 'ar-EG' })
  await show('soon', { starts: Date.now() + 86_400_000 }, false)
  await show('quartet', {
    segments: ['red', 'green', 'blue', 'gold'].map((segment) => ({
      segment,
      title: `The ${segment} rockets`,
    })),
    sides: ['red', 'green', 'blue', 'gold'],
  })
  await show('over', {})
  await roar.produce('POST', '/shows/over/end')
})

async function show(name: string, settings: object, begins = true): Promise<void> {
  const segments = [
    { segment: 'home', title: 'Home' },
    { segment: 'away', title: 'Away' },
  ]
  const rules = { guests: true, posts: true }
  await roar.produce('POST', '/shows', {
    show: name,
    title: `The ${name}`,
    packs: ['terrace'],
    segments,
    sides: ['home', 'away'],
    rules,
    ...settings,
  })
  if (begins) await roar.produce('POST', `/shows/${name}/start`)
}

function promise(
  name: string,
  showName: string,
  body: (page: Page) => Promise<void>,
  options: BrowserContextOptions = DESKTOP,
): void {
  browserTest(name, async () => {
    const { page, faults, close } = await openWindow(browser, `${roar.url}/?show=${showName}`, options)
    await live(page)
    await page.waitForSelector('.sticker')
    await body(page)
    expect(faults.filter((fault) => !MISSING.test(fault))).toEqual([])
    await close()
  })
}

const post = (name: string, sticker: string, as: string) =>
  roar.request('POST', `/v1/shows/${name}/posts`, tokenOf(as, { name: as }), { sticker })

promise("the page has its show's language, direction and numbers", 'cairo', async (page) => {
  const root = () =>
    page.evaluate(() => [document.documentElement.lang, getComputedStyle(document.documentElement).direction])
  expect(await root()).toEqual(['ar-EG', 'rtl'])
  const stickers = { drum: 100 }
  for (let i = 0; i < 12; i++)
    await roar.request('POST', '/v1/shows/cairo/reactions', undefined, { stickers })
  await page.waitForFunction(() => document.querySelector('.mood-total')!.textContent === '١٬٢٠٠')
  // The first side stands where reading begins, and its colour grows from there.
  const left = async (side: string) => (await page.locator(`[data-segment="${side}"]`).boundingBox())!.x
  expect(await left('home')).toBeGreaterThan(await left('away'))
  expect(await page.$eval('.mood-track', (node) => getComputedStyle(node).scale)).toBe('-1 1')
})

promise(
  'beside a show that is written from the right the swarm rises over the right third of the stage as well',
  'cairo',
  async (page) => {
    await page.waitForFunction(() => {
      const [stage, swarm] = ['#stage', '.swarm'].map((name) =>
        document.querySelector(name)!.getBoundingClientRect(),
      )
      return swarm!.left > stage!.left + stage!.width * 0.6 && swarm!.right <= stage!.right
    })
  },
)

promise('a show that has yet to begin says when, and nothing in it is live', 'soon', async (page) => {
  await page.waitForSelector('.stage-note:has-text("Begins")')
  await page.waitForSelector('.status-words:text-is("Connected")')
  await roar.produce('POST', '/shows/soon/start')
  await page.waitForSelector('.stage-note', { state: 'hidden' })
  await page.waitForSelector('.status-words:text-is("Live")')
  await tap(page, '.sticker')
  await page.waitForSelector('.mood-label:text-is("reaction")')
})

promise('a show that is over says so, and asks for neither taps nor posts', 'over', async (page) => {
  await page.waitForSelector('.stage-note:text-is("The show has ended.")')
  await page.waitForSelector('.composer-arm:disabled .composer-words:text-is("The show has ended.")')
  expect(await page.locator('.feed-empty').isVisible()).toBe(false)
  // Without a post there is nothing to frame.
  const frame = await page.$eval('#feed', (feed) => {
    const { borderTopColor, backgroundColor } = getComputedStyle(feed)
    return [borderTopColor, backgroundColor]
  })
  expect(frame).toEqual(Array(2).fill('rgba(0, 0, 0, 0)'))
  if (process.env.SHOT) await page.screenshot({ path: process.env.SHOT })
  expect(await page.$eval('#stickers', (node) => (node as HTMLElement).inert)).toBe(true)
  await page.keyboard.press('1')
  await page.waitForSelector('.composer-note:text-is("The show has ended.")')
})

for (const [width, height] of [
  [320, 568],
  [1440, 900],
] as const)
  promise(
    `four sides leave room for everything, at ${width}x${height}`,
    'quartet',
    async (page) => {
      const stickers = { drum: 1 }
      for (const segment of ['red', 'green', 'blue', 'gold'])
        await roar.request('POST', '/v1/shows/quartet/reactions', undefined, { stickers, segment })
      await page.waitForFunction(() => document.querySelector('.mood-percent:not(:empty)'))
      const outside = await page.evaluate(() =>
        [...document.querySelectorAll('.mood-side, .mood-percent, .sticker-row')]
          .map((node) => [node.className, node.getBoundingClientRect()] as const)
          .filter(([, { right, bottom }]) => right > innerWidth || bottom > innerHeight)
          .map(([name]) => name),
      )
      expect(outside).toEqual([])
    },
    { viewport: { width, height } },
  )

browserTest('at an address without a show stands what to do, and nothing that cannot be used', async () => {
  const { page, close } = await openWindow(browser, `${roar.url}/?show=nowhere`, PHONE)
  await page.waitForSelector('.failure:has-text("no show called")')
  for (const part of ['#ribbon', '#mood', '#feed', '#stickers'])
    expect(await page.locator(part).isVisible()).toBe(false)
  await close()
})

promise(
  'a question of one long word is whole on a small phone',
  'derby',
  async (page) => {
    const polls = '/shows/derby/polls'
    const choices = ['anna', 'ben'].map((choice) => ({ choice, title: choice }))
    await roar.produce('POST', polls, { poll: 'word', question: `${LONG_WORD}?`, kind: 'one', choices })
    await roar.produce('POST', `${polls}/word/open`)
    await page.waitForSelector('.poll-question')
    const fits = await page.$eval('.poll-question', (node) => {
      const range = document.createRange()
      range.selectNodeContents(node)
      return range.getBoundingClientRect().right <= node.closest('.poll')!.getBoundingClientRect().right
    })
    expect(fits).toBe(true)
  },
  { ...PHONE, viewport: { width: 320, height: 568 } },
)

promise(
  "a post's name is whole beside a sticker of a long title",
  'derby',
  async (page) => {
    const name = 'Bartholomew'
    expect((await post('derby', 'ovation', name)).status).toBe(202)
    const row = page.locator(`.post:has(.post-name:text-is("${name}"))`)
    await row.waitFor()
    const whole = await row
      .locator('.post-name')
      .evaluate((node: HTMLElement) => node.scrollWidth <= node.clientWidth)
    expect(whole).toBe(true)
    expect(await row.evaluate((node) => node.scrollWidth <= node.clientWidth)).toBe(true)
  },
  { ...PHONE, viewport: { width: 320, height: 568 } },
)

promise('a sticker whose picture is not there is its letter in bar and feed', 'final', async (page) => {
  await page.route('**/stickers/*.svg', (route) => route.fulfill({ status: 404 }))
  await page.reload()
  await live(page)
  await page.waitForSelector('[data-sticker="wicket"] .sticker-icon:text-is("W")')
  expect((await post('final', 'wicket', 'Ada')).status).toBe(202)
  await page.waitForSelector('.post .sticker-icon:text-is("W")')
  expect(await page.locator('img').count()).toBe(0)
})
