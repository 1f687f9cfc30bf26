import { afterAll, expect } from 'bun:test'
import type { Browser } from 'playwright-core'
import { connect, guest } from '../../sdk/src/index.ts'
import { browserTests, MOVING, openContext } from '../../test/browser/chromium.ts'

let browser: Browser
/** Roar's address, below a path, as somebody's proxy would have it. */
let at = ''

/** A page with no liking for Roar: nothing inline, and a style that means every element there is. */
const HOSTILE = '*{color:lime;letter-spacing:.3em;text-transform:uppercase;visibility:visible}'
const body = () => `<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="/style.css">
  <p id="player">The player</p>
  <roar-swarm url="${at}" show="final" for="#player"></roar-swarm>
  <roar-feed id="one" url="${at}" show="final"></roar-feed>
  <roar-feed id="two" url="${at}/" show="final"></roar-feed>
  <roar-feed id="none" url="${at}" show="Nothing!"></roar-feed>
  <script type="module" src="${at}/elements.js"></script>`

const stranger = Bun.serve({
  port: 0,
  fetch(request) {
    const { pathname } = new URL(request.url)
    if (pathname === '/style.css') return new Response(HOSTILE, { headers: { 'content-type': 'text/css' } })
    const { origin } = new URL(at)
    const sources = `${origin} ${origin.replace(/^http/, 'ws')}`
    const policy = `default-src 'none'; style-src 'self'; script-src ${origin}; connect-src ${sources}`
    return new Response(body(), {
      headers: { 'content-type': 'text/html', 'content-security-policy': policy },
    })
  },
})
const browserTest = browserTests(
  (roar, started) => {
    browser = started
    at = `${roar.url}/live`
  },
  { flags: ['--public-url', 'http://127.0.0.1/live'] },
)
afterAll(() => stranger.stop(true))

browserTest(
  "a swarm and two feeds on a strict page share one connection, show the crowd and its posts, and take nothing of the page's style",
  async () => {
    const page = await (await openContext(browser, MOVING)).newPage()
    // The server behind the path has no address for sockets here: whoever listens has a stream of events.
    const streams: string[] = []
    page.on(
      'request',
      (request) => new URL(request.url()).pathname.endsWith('/events') && streams.push(request.url()),
    )
    await page.goto(`http://localhost:${stranger.port}/`)
    await page.waitForSelector('#none [role="alert"]:not([hidden])')

    const { token } = await guest({ url: at, name: 'Neighbour' })
    const neighbour = connect({ url: at, show: 'final', token })
    await neighbour.ready()
    // Until its first packet a page cannot know that the crowd is there, so the crowd goes on.
    const crowd = setInterval(() => neighbour.react('heart'), 100)
    await page.waitForFunction(
      () =>
        Number(document.querySelector('roar-swarm')!.shadowRoot!.querySelector('canvas')!.dataset.crowd) > 0,
    )
    clearInterval(crowd)
    await neighbour.post('six')
    for (const id of ['one', 'two']) await page.waitForSelector(`#${id} :text("Neighbour")`)
    expect(streams).toHaveLength(1)

    const style = await page.evaluate(() => {
      const name = document.querySelector('#one')!.shadowRoot!.querySelector('.post-name')!
      const { color, letterSpacing, textTransform } = getComputedStyle(name)
      return { lime: color === 'rgb(0, 255, 0)', letterSpacing, textTransform }
    })
    expect(style).toEqual({ lime: false, letterSpacing: 'normal', textTransform: 'none' })
    await page.evaluate(() => {
      for (const node of document.querySelectorAll('roar-swarm, roar-feed')) node.remove()
    })
    expect(await page.evaluate(() => document.querySelectorAll('canvas').length)).toBe(0)
    neighbour.close()
    await page.close()
  },
)
