import { afterAll, expect } from 'bun:test'
import type { Browser } from 'playwright-core'
import { browserTests, openContext } from '../../test/browser/chromium.ts'
import { tokenOf, type Voting } from '../../test/polls/voting.ts'

/** With SCREENS=folder what is seen is kept as pictures, to be looked at. */
const SCREENS = process.env.SCREENS
const ELEMENTS = ['roar-stage', 'roar-bar', 'roar-feed', 'roar-poll', 'roar-swarm']

let roar: Voting
let browser: Browser
const stranger = Bun.serve({
  port: 0,
  fetch: (request) =>
    new Response(
      `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
      <meta name="color-scheme" content="light dark"><style>body{max-width:720px;margin:1rem auto;padding:0 .75rem}</style>
      ${ELEMENTS.map((name) => `<${name} url="${roar.url}" show="${new URL(request.url).pathname.slice(1)}"></${name}>`).join('<br>')}
      <script type="module" src="${roar.url}/roar-bar.js"></script><script type="module" src="${roar.url}/elements.js"></script>`,
      { headers: { 'content-type': 'text/html' } },
    ),
})
afterAll(() => stranger.stop(true))

const browserTest = browserTests(async (...started) => {
  ;[roar, browser] = started
  await roar.produce('PATCH', '/shows/final', {
    title: 'نهائي الكأس: فوانيس الميناء ضد صقور الجبل',
    language: 'ar',
    rules: { guests: true, posts: true, text: true },
  })
  await roar.create('mvp', { question: 'من أفضل لاعب في المباراة؟', visibility: 'live' })
  await roar.act('mvp', 'open')
  for (const [name, content] of [
    ['ليلى', { sticker: 'six', text: 'يا لها من ضربة!' }],
    ['Ada Quill', { sticker: 'heart' }],
    ['سامي', { text: 'هيا يا فوانيس' }],
  ] as const)
    await roar.request('POST', '/v1/shows/final/posts', tokenOf(name, { name }), content)
})

browserTest(
  'on a page written from the left each element of an Arabic show is written from the right, and nothing of it is cut off',
  async () => {
    const page = await (await openContext(browser, { viewport: { width: 390, height: 844 } })).newPage()
    await page.goto(`http://localhost:${stranger.port}/final`)
    await page.waitForSelector('roar-feed .post >> nth=2')
    await page.waitForSelector('roar-poll [data-choice="anna"]')
    await page.waitForSelector('roar-stage .board')
    await page.waitForSelector('roar-bar .sticker')
    await page.waitForFunction(() =>
      /[ء-ي]/.test(
        document.querySelector('roar-poll')!.shadowRoot!.querySelector('.poll-vote')!.textContent!,
      ),
    )
    const seen = await page.evaluate((names) => {
      const within = (name: string, selector: string) =>
        document.querySelector(name)!.shadowRoot!.querySelector(selector)!
      const box = (name: string, selector: string) => within(name, selector).getBoundingClientRect()
      /** Where the words themselves are, whatever box they stand in. */
      const wordsOf = (name: string, selector: string) => {
        const range = document.createRange()
        range.selectNodeContents(within(name, selector))
        return range.getBoundingClientRect()
      }
      const middle = 390 / 2
      return {
        directions: names.map((name) => getComputedStyle(within(name, '.frame')).direction),
        // The first of a line is at its right, in whichever script it is.
        atRight: {
          feed: wordsOf('roar-feed', '.post .post-name').right > middle,
          title: wordsOf('roar-stage', '.title').right > middle,
          question: wordsOf('roar-poll', '.poll-question').right > middle,
          choice: wordsOf('roar-poll', '[data-choice="anna"] .choice-title').left > middle,
        },
        bar: box('roar-bar', '.sticker').left > box('roar-bar', '.sticker:nth-of-type(2)').left,
        // Its sign is one that fonts mirror themselves: turned as well it would point back.
        arrow: getComputedStyle(within('roar-bar', '.sticker-arrow')).scale,
        wide: names.filter((name) => box(name, '.frame').right > 390 || box(name, '.frame').left < 0),
        page: document.documentElement.scrollWidth,
      }
    }, ELEMENTS)
    expect(seen).toEqual({
      directions: ELEMENTS.map(() => 'rtl'),
      atRight: { feed: true, title: true, question: true, choice: true },
      ...{ bar: true, arrow: 'none', wide: [], page: 390 },
    })
    if (SCREENS !== undefined)
      for (const colorScheme of ['dark', 'light'] as const)
        for (const width of [390, 1280]) {
          await page.emulateMedia({ colorScheme })
          await page.setViewportSize({ width, height: 844 })
          await page.screenshot({ path: `${SCREENS}/arabic-${width}-${colorScheme}.png`, fullPage: true })
        }
    await page.close()
  },
)
