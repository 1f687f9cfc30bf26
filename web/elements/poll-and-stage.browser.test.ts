import { afterAll, expect } from 'bun:test'
import type { Browser, Frame, Page } from 'playwright-core'
import { connect, guest } from '../../sdk/src/index.ts'
import { browserTests, openContext } from '../../test/browser/chromium.ts'
import { tokenOf, type Voting } from '../../test/polls/voting.ts'

/** With SCREENS=folder what is seen is kept as pictures, to be looked at. */
const SCREENS = process.env.SCREENS

let roar: Voting
let browser: Browser
/** Roar's address, below a path, as somebody's proxy would have it. */
let at = ''

/** A page with no liking for Roar: nothing inline, and a style that means every element there is. */
const HOSTILE = `*{color:lime;letter-spacing:.3em;text-transform:uppercase;visibility:visible;position:static}
  body{max-width:640px;margin:auto;background:#fff}@media (prefers-color-scheme:dark){body{background:#111}}`
const polls = () =>
  `<roar-poll id="one" url="${at}" show="final"></roar-poll><roar-poll id="two" url="${at}/" show="final"></roar-poll>`
const pages: Record<string, () => string> = {
  '/polls': () => `<button id="player">Play</button>${polls()}`,
  '/workers': polls,
  '/framed': polls,
  '/sandbox': () => `<iframe sandbox="allow-scripts" src="/framed" width="600" height="900"></iframe>`,
  '/stage': () =>
    `<roar-stage url="${at}" show="final"></roar-stage><roar-feed url="${at}" show="final"></roar-feed>`,
  '/own': () =>
    `<roar-stage url="${at}" show="final"><div id="player"></div></roar-stage><roar-feed url="${at}" show="final"></roar-feed>`,
}

/** What this page's own server was sent. */
const sent: string[] = []
const stranger = Bun.serve({
  port: 0,
  fetch(request) {
    const { pathname } = new URL(request.url)
    sent.push(JSON.stringify([request.url, ...request.headers]))
    if (pathname === '/style.css') return new Response(HOSTILE, { headers: { 'content-type': 'text/css' } })
    const body = pages[pathname]?.()
    if (body === undefined) return new Response('', { status: 404 })
    const { origin } = new URL(at)
    const sources = `${origin} ${origin.replace(/^http/, 'ws')}`
    const worker = pathname === '/workers' ? `; worker-src blob: ${origin}` : ''
    const policy = `default-src 'none'; style-src 'self'; script-src ${origin}; connect-src ${sources}; img-src ${origin}; frame-src 'self'${worker}`
    return new Response(
      `<!doctype html><meta charset="utf-8"><meta name="color-scheme" content="light dark"><link rel="stylesheet" href="/style.css">${body}<script type="module" src="${at}/elements.js"></script>`,
      { headers: { 'content-type': 'text/html', 'content-security-policy': policy } },
    )
  },
})
const browserTest = browserTests(
  (...started) => {
    ;[roar, browser] = started
    at = `${roar.url}/live`
  },
  { flags: ['--public-url', 'http://127.0.0.1/live'] },
)
afterAll(() => stranger.stop(true))

let opened = 0
async function openPoll(rules: object = {}): Promise<string> {
  const poll = `poll-${++opened}`
  await roar.create(poll, { question: `Question ${opened}?`, visibility: 'live', change: true, ...rules })
  await roar.act(poll, 'open')
  return poll
}

async function visit(path: string): Promise<Page> {
  const page = await (await openContext(browser, {})).newPage()
  await page.addInitScript(() => {
    Math.random = () => 0.01
    const heard: string[] = []
    Object.assign(globalThis, { heard })
    addEventListener('roar-vote', (event) => {
      heard.push(`${(event.target as Element).id} ${(event as CustomEvent).detail.poll}`)
    })
  })
  await page.goto(`http://localhost:${stranger.port}${path}`)
  return page
}
const heardBy = (page: Page): Promise<string[]> =>
  page.evaluate(() => (globalThis as unknown as { heard: string[] }).heard)

async function picture(page: Page, name: string): Promise<void> {
  if (SCREENS === undefined) return
  for (const colorScheme of ['dark', 'light'] as const)
    for (const [screen, width] of [
      ['phone', 390],
      ['desktop', 1000],
    ] as const) {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize({ width, height: 844 })
      await page.screenshot({ path: `${SCREENS}/element-${name}-${screen}-${colorScheme}.png` })
    }
}

const vote = async (page: Page | Frame, id: string, choice: string) => {
  await page.click(`#${id} [data-choice="${choice}"] .choice-input`)
  await page.click(`#${id} .poll-vote`)
  await page.waitForSelector(`#${id} .poll[data-vote="in"]`)
}

browserTest(
  'two polls on a strict page are one voter, who votes, changes the vote and checks it, and whose token stays here',
  async () => {
    const page = await visit('/polls')
    // Nothing takes room while there is no poll.
    await page.waitForFunction(() => customElements.get('roar-poll') !== undefined)
    expect((await page.locator('#one').boundingBox())!.height).toBe(0)
    const poll = await openPoll()
    await page.waitForSelector('#one [data-choice="anna"]')
    await picture(page, 'open')
    // A player's keys are its own.
    await page.focus('#player')
    await page.keyboard.press('1')
    expect(await page.isChecked('#one [data-choice="anna"] .choice-input')).toBe(false)
    await page.focus('#one [data-choice="anna"] .choice-input')
    await page.keyboard.press('Space')
    await page.keyboard.press('Enter')
    await page.waitForSelector('#one .poll[data-vote="in"]')
    expect(await heardBy(page)).toEqual([`one ${poll}`])
    expect((await roar.counted(poll, 1)).counts).toMatchObject({ anna: 1 })

    await page.reload()
    await page.waitForSelector('#two .poll[data-vote="in"]')
    await page.click('#two button:text-is("Change my vote"):visible')
    await vote(page, 'two', 'ben')
    await page.waitForSelector('#two [data-choice="ben"] .choice-percent:text-is("100%")')
    expect((await roar.poll(poll)).ballots).toBe(1)
    for (const action of ['close', 'reveal', 'seal']) await roar.act(poll, action)
    await page.waitForSelector('#two .poll[data-state="sealed"] .poll-code')
    await page.click('#two button:text-is("Check my vote"):visible')
    await page.waitForSelector('#two [data-verdict="verified"]')
    await page.waitForSelector('#two [data-choice="ben"][data-wins="true"]')
    await picture(page, 'sealed')
    await page.click('#two .poll-fold')
    await page.waitForSelector('#two .poll[data-folded="true"]')

    const style = await page.evaluate(() => {
      const title = document.querySelector('#two')!.shadowRoot!.querySelector('.poll-title')!
      const { color, letterSpacing, textTransform } = getComputedStyle(title)
      return { lime: color === 'rgb(0, 255, 0)', letterSpacing, textTransform }
    })
    expect(style).toEqual({ lime: false, letterSpacing: 'normal', textTransform: 'none' })
    // Neither in a cookie, which this page's server would be sent, nor under a name that another server's element reads.
    expect(await page.evaluate(() => document.cookie)).toBe('')
    const token: string = await page.evaluate(
      (key) => JSON.parse(localStorage.getItem(key)!).token,
      `roar.voter.${at}`,
    )
    expect(sent.join()).not.toContain(token)
    await page.evaluate(() => {
      for (const node of document.querySelectorAll('roar-poll')) node.remove()
    })
    await page.close()
  },
)

browserTest(
  'all ballots are counted again on a page of another origin, if its policy allows a worker',
  async () => {
    const poll = await openPoll()
    expect((await roar.vote(poll, tokenOf('ada'), { choice: 'anna' })).status).toBe(201)
    for (const action of ['close', 'reveal', 'seal', 'forget']) await roar.act(poll, action)
    for (const [path, verdict] of [
      ['/workers', 'recount-same'],
      ['/polls', 'recount-none'],
    ] as const) {
      const page = await visit(path)
      await page.waitForSelector('#one .poll[data-state="sealed"]')
      if ((await page.getAttribute('#one .poll', 'data-folded')) === 'true')
        await page.click('#one .poll-fold')
      await page.click('#one button:text-is("Recount all"):visible')
      await page.waitForSelector('#one .poll-verdict:visible')
      expect([path, await page.getAttribute('#one .poll-verdict', 'data-verdict')]).toEqual([path, verdict])
      await page.close()
    }
  },
)

browserTest('a poll of points in a sandboxed frame, without storage, counts', async () => {
  const poll = await openPoll({ kind: 'points', max: 3 })
  const page = await visit('/sandbox')
  const frame = page.frameLocator('iframe')
  const more = frame.locator('#one [data-choice="anna"] .choice-step').last()
  await more.click()
  await more.click()
  await frame.locator('#one .poll-vote').click()
  await frame.locator('#one .poll[data-vote="in"]').waitFor()
  expect((await roar.counted(poll, 1)).counts).toMatchObject({ anna: 2 })
  await roar.act(poll, 'close')
  await page.close()
})

browserTest("a stage plays the show, and says who watches and the show's name", async () => {
  const page = await visit('/stage')
  await page.waitForSelector('roar-stage .board')
  expect(await page.textContent('roar-stage .title')).toContain('Lanterns')
  await page.waitForSelector('roar-stage .dot[data-state="live"]')
  await page.waitForFunction(() => {
    const { width, height } = document.querySelector('roar-stage')!.getBoundingClientRect()
    return Math.abs(width / height - 16 / 9) < 0.01
  })
  await picture(page, 'stage')
  await page.close()
})

browserTest(
  "around a player of the page's own nothing is told before its picture, and its controls are not covered",
  async () => {
    const { token: earlier } = await guest({ url: at, name: 'Earlier' })
    const before = await roar.request('POST', '/live/v1/shows/final/posts', earlier, { sticker: 'six' })
    expect(before.status).toBe(202)
    const page = await (await openContext(browser, {})).newPage()
    // The page gives its player late: what was posted before has come by then.
    await page.addInitScript(() => {
      const player = () => (globalThis as unknown as { pictureMs?: number }).pictureMs ?? Date.now() - 60_000
      const own = window.fetch
      const late = async (...asked: Parameters<typeof own>) => {
        const response = await own(...asked)
        if (!String(asked[0]).endsWith('/feed')) return response
        const text = await response.text()
        setTimeout(() => {
          const shown = document.querySelector('roar-feed')!.shadowRoot!.querySelectorAll('.post').length
          Object.assign(document.querySelector('roar-stage')!, { player })
          document.body.dataset.shown = String(shown)
        }, 50)
        return new Response(text)
      }
      Object.assign(window, { fetch: late })
    })
    await page.goto(`http://localhost:${stranger.port}/own`)
    await page.waitForSelector('roar-stage .dot[data-state="live"]')
    await page.waitForSelector('body[data-shown="0"]')
    expect(await page.locator('roar-stage .board').count()).toBe(0)
    const { token } = await guest({ url: at, name: 'Neighbour' })
    const listener = connect({ url: at, show: 'final', topics: ['feed'] })
    await listener.ready()
    const heard = listener.once('feed')
    const posted = await roar.request('POST', '/live/v1/shows/final/posts', token, { sticker: 'six' })
    expect(posted.status).toBe(202)
    // By now it has come here, and as likely there.
    await heard
    listener.close()
    expect(await page.locator('roar-feed .post').count()).toBe(0)
    await page.evaluate(() => Object.assign(globalThis, { pictureMs: Date.now() + 60_000 }))
    for (const name of ['Earlier', 'Neighbour'])
      await page.waitForSelector(`roar-feed .post-name:text-is("${name}")`)
    const hit = await page.evaluate(() => {
      const { left, top, width, height } = document.querySelector('#player')!.getBoundingClientRect()
      return document.elementFromPoint(left + width / 2, top + height * 0.8)?.id
    })
    expect(hit).toBe('player')
    await page.close()
  },
)
