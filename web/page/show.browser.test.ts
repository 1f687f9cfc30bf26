import { expect } from 'bun:test'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { browserTests, DESKTOP, live, openWindow, PHONE } from '../../test/browser/chromium.ts'
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
})

async function show(name: string, settings: object): Promise<void> {
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
  await roar.produce('POST', `/shows/${name}/start`)
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
