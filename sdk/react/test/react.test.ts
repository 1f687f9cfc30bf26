import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { createElement } from 'react'
import { renderToString } from 'react-dom/server'
import { openChromium, openContext } from '../../../test/browser/chromium.ts'
import { startRoar } from '../../../test/embedded.ts'
import { HANG_MS } from '../../../test/hang.ts'
import { needs } from '../../../test/needs.ts'
import { useFeed, useMood, usePoll, useRoar, useShow, useStatus } from '../src/index.ts'

function App() {
  const roar = useRoar({ url: 'https://roar.test', show: 'final' })
  const seen = [roar, useMood(roar), useShow(roar), usePoll(roar, 'mvp'), useFeed(roar).length]
  return createElement('p', {}, `${useStatus(roar).state} ${seen.join()}`)
}

test('a server renders it as connecting, and connects to nothing', () => {
  let asked = 0
  const { fetch } = globalThis
  globalThis.fetch = Object.assign(() => Promise.reject(asked++), fetch)
  expect(renderToString(createElement(App))).toBe('<p>connecting ,,,,0</p>')
  globalThis.fetch = fetch
  expect(asked).toBe(0)
})

describe.skipIf(!needs('chromium'))('in a browser, under StrictMode', () => {
  let roar: Awaited<ReturnType<typeof startRoar>>
  let pages: Bun.Server<unknown>
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    roar = await startRoar()
    const { outputs } = await Bun.build({
      entrypoints: [join(import.meta.dir, 'page.ts')],
      target: 'browser',
      define: { 'process.env.NODE_ENV': '"development"' },
    })
    const script = await outputs[0]!.text()
    const html = `<!doctype html><body data-url="${roar.url}"><div id="root"></div><script type="module" src="/page.js"></script>`
    pages = Bun.serve({
      port: 0,
      routes: {
        '/': () => new Response(html, { headers: { 'content-type': 'text/html' } }),
        '/page.js': () => new Response(script, { headers: { 'content-type': 'text/javascript' } }),
      },
    })
    browser = await openChromium()
    page = await (await openContext(browser)).newPage()
    await page.goto(`http://localhost:${pages.port}/`)
  }, HANG_MS)
  afterAll(async () => {
    await browser.close()
    await pages.stop(true)
    await roar.stop()
  })

  test('a viewer connects once, taps, sees the mood, changes sides, and lets go', async () => {
    await page.waitForSelector('#viewer[data-state="live"]')
    expect(await page.getAttribute('#viewer', 'data-title')).toContain(' v ')
    await page.click('#tap')
    await page.waitForSelector('#viewer[data-total="1"][data-own="1"]')
    expect(await page.evaluate(() => globalThis.sockets)).toBe(1)
    await page.click('#change')
    await page.waitForSelector(
      '#viewer[data-state="live"][data-own="0"], #viewer[data-state="live"]:not([data-own])',
    )
    await page.waitForFunction(() => globalThis.sockets === 2)
    await page.click('#leave')
    await page.waitForSelector('#viewer', { state: 'detached' })
  })

  test('a feed begins with what was posted before, keeps the newest, once each, loses what is removed, also while there was no connection, and has again what is released, and nothing once it is cleared; other polls change nothing, and who mounts later sees the newest', async () => {
    const told = (id: string) => page.textContent(`#${id}`)
    const settled = (id: string, wanted: string) =>
      page.waitForFunction(
        ([id, wanted]) => document.getElementById(id!)!.textContent === wanted,
        [id, wanted],
      )
    const live = (earlier: object) =>
      page.evaluate((earlier) => {
        const post = (id: string, at: number) => ({ id, viewer: 'v', name: 'Ann', sticker: 'six', at })
        const posts = ['old', 'a'].map((id) => post(id, 0))
        globalThis.earlier = { at: 0, posts, removed: [], ...earlier }
        globalThis.double.emit('status', { state: 'live', over: 'mqtt' })
      }, earlier)
    await live({})
    await settled('feed', 'old,a')
    await page.evaluate(() => {
      const { double } = globalThis
      const post = (id: string) => ({ id, viewer: 'v', name: 'Ann', sticker: 'six', at: 1 })
      double.emit('feed', { at: 1, ms: 1000, n: 2, posts: [post('a'), post('b')] })
      double.emit('feed', { at: 2, ms: 1000, n: 2, posts: [post('b'), post('c')] })
      double.emit('poll', { poll: 'mvp', state: 'open', ballots: 3, version: 1 })
      double.emit('poll', { poll: 'other', state: 'open', ballots: 9, version: 1 })
      double.emit('mood', { at: 1, ms: 250, n: 4, total: 4, top: [], sample: 0.5 })
      double.emit('mood', { at: 2, ms: 250, n: 1, total: 5, top: [] })
    })
    await settled('feed', 'b,c')
    expect([await told('poll'), await told('estimated')]).toEqual(['3', 'true'])
    await page.click('#mount')
    await settled('late', '[3,5,true]')
    await page.evaluate(() =>
      globalThis.double.emit('feed', { at: 3, ms: 1000, n: 0, posts: [], removed: ['b'] }),
    )
    await settled('feed', 'c')
    await page.evaluate(() =>
      globalThis.double.emit('feed', { at: 4, ms: 1000, n: 0, posts: [], released: ['b'] }),
    )
    await settled('feed', 'b,c')
    await live({ at: 2000, posts: [], removed: ['c'] })
    await settled('feed', 'b')
    await page.evaluate(() =>
      globalThis.double.emit('feed', { at: 5, ms: 1000, n: 0, posts: [], cleared: true }),
    )
    await settled('feed', '')
  })
})
