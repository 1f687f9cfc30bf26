import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { leaveChromium, openChromium, openContext } from '../../test/browser/chromium.ts'
import { startRoar } from '../../test/embedded.ts'
import { HANG_MS } from '../../test/hang.ts'
import { needs } from '../../test/needs.ts'
import { bundle } from '../build.ts'
import { connect, type Roar, type Status } from '../src/index.ts'

declare global {
  /** Put there by the page below. */
  var roar: Roar
  /** Bursts that the page has sent. */
  var sent: number
}

describe.skipIf(!needs('chromium'))('in Chromium, on a page of another origin', () => {
  let server: Awaited<ReturnType<typeof startRoar>>
  let pages: Bun.Server<unknown>
  let browser: Browser
  /** One for all: a page's own would end with it, and its requests too, which no browser of a person does. */
  let context: BrowserContext
  let counter: Roar
  let total = 0

  beforeAll(async () => {
    server = await startRoar()
    const [script, events, again] = await Promise.all(
      (['index.js', 'sse.js', 'sse-again.js'] as const).map(async (file) => (await bundle(file)).code),
    )
    const html = (
      transports: string,
      folder = '',
    ) => `<!doctype html><title>a page</title><script type="module">
      import { connect } from '${folder}/client.js'
      globalThis.roar = connect({ url: '${server.url}', show: 'final'${transports} })
    </script>`
    pages = Bun.serve({
      port: 0,
      routes: {
        '/client.js': () => new Response(script, { headers: { 'content-type': 'text/javascript' } }),
        '/sse.js': () => new Response(events, { headers: { 'content-type': 'text/javascript' } }),
        // As it is for a browser that remembers that a file did not come.
        '/forgotten/client.js': () =>
          new Response(script, { headers: { 'content-type': 'text/javascript' } }),
        '/forgotten/sse.js': () => new Response(null, { status: 503 }),
        '/forgotten/sse-again.js': () =>
          new Response(again, { headers: { 'content-type': 'text/javascript' } }),
        '/forgotten': () =>
          new Response(html(`, transports: ['sse']`, '/forgotten'), {
            headers: { 'content-type': 'text/html' },
          }),
        '/': () => new Response(html(''), { headers: { 'content-type': 'text/html' } }),
        '/:transport': ({ params }) =>
          new Response(html(`, transports: ['${params.transport}']`), {
            headers: { 'content-type': 'text/html' },
          }),
      },
    })
    browser = await openChromium()
    context = await openContext(browser)
    counter = connect({ url: server.url, show: 'final' })
    counter.on('mood', (mood) => {
      total = mood.total
    })
  }, HANG_MS)

  afterAll(async () => {
    counter.close()
    await leaveChromium(browser)
    await pages.stop(true)
    await server.stop()
  })

  const visit = async (path = '/'): Promise<Page> => {
    const page = await context.newPage()
    await page.addInitScript(() => {
      globalThis.sent = 0
      const { fetch } = globalThis
      const counting = (...[url, init]: Parameters<typeof fetch>) => {
        if (init?.method === 'POST') globalThis.sent++
        return fetch(url, init)
      }
      globalThis.fetch = counting as typeof fetch
    })
    await page.goto(`http://localhost:${pages.port}${path}`)
    await page.waitForFunction(() => globalThis.roar?.status().over !== undefined)
    return page
  }

  const counted = (wanted: number): Promise<void> =>
    new Promise((resolve) => {
      const off = counter.on('mood', (mood) => {
        if (mood.total < wanted) return
        off()
        resolve()
      })
    })

  const status = (page: Page): Promise<Status> => page.evaluate(() => globalThis.roar.status())

  test('a file that did not come, and that a browser never asks for again, is asked for by its other name', async () => {
    const page = await visit('/forgotten')
    expect(await status(page)).toEqual({ state: 'live', over: 'sse' })
    await page.close()
  })

  for (const transport of ['mqtt', 'sse', 'polling']) {
    test(`it hears the crowd by ${transport}`, async () => {
      const page = await visit(`/${transport}`)
      const wanted = total + 2
      const heard = page.evaluate(
        (wanted) =>
          new Promise<number>((resolve) => {
            globalThis.roar.on('mood', ({ total }) => total >= wanted && resolve(total))
          }),
        wanted,
      )
      await page.evaluate(() => {
        globalThis.roar.react('heart')
        globalThis.roar.react('heart')
      })
      expect(await heard).toBe(wanted)
      await page.close()
    })
  }

  test('the last taps survive: a page that is closed, or left for another, in the moment after', async () => {
    for (const leave of [
      (page: Page) => page.close({ runBeforeUnload: true }),
      (page: Page) => page.goto('about:blank'),
    ]) {
      const page = await visit()
      const wanted = total + 107
      const all = counted(wanted)
      await page.evaluate(async (events) => {
        // All connections that a browser makes to one server are taken, so that the burst still waits as the page goes.
        await Promise.all(Array.from({ length: 6 }, () => fetch(events)))
        for (let tap = 0; tap < 107; tap++) globalThis.roar.react('six')
      }, `${server.url}/v1/shows/final/events`)
      await leave(page)
      await all
      expect(total).toBe(wanted)
      if (!page.isClosed()) await page.close()
    }
  })

  test('taps ask no question ahead of themselves', async () => {
    const page = await visit()
    const session = await context.newCDPSession(page)
    await session.send('Network.enable')
    const seen: string[] = []
    session.on('Network.requestWillBeSent', ({ request }) => seen.push(request.method))
    await page.evaluate(
      () =>
        new Promise((resolve) => {
          globalThis.roar.on('accepted', resolve)
          globalThis.roar.react('heart')
        }),
    )
    expect(seen).toEqual(['POST'])
    await page.close()
  })

  test('a hidden page sends what waits, pauses after a while, and is back when somebody looks', async () => {
    const page = await visit()
    const look = (hidden: boolean) =>
      page.evaluate((hidden) => {
        // A page of a headless browser is never hidden, so it is told that it is.
        Object.defineProperty(document, 'hidden', { value: hidden, configurable: true })
        document.dispatchEvent(new Event('visibilitychange'))
      }, hidden)
    await look(true)
    await look(false)
    expect(await status(page)).toEqual({ state: 'live', over: 'mqtt' })
    for (const [target, event] of [
      ['document', 'visibilitychange'],
      ['window', 'pagehide'],
    ] as const) {
      const sentAtOnce = await page.evaluate(
        ([target, event]) => {
          const before = globalThis.sent
          globalThis.roar.react('heart')
          Object.defineProperty(document, 'hidden', { value: true, configurable: true })
          globalThis[target].dispatchEvent(new Event(event))
          return globalThis.sent - before
        },
        [target, event] as const,
      )
      expect(sentAtOnce).toBe(1)
      await look(false)
    }
    await page.waitForFunction(() => globalThis.roar.status().state === 'live')
    await look(true)
    await page.waitForFunction(() => globalThis.roar.status().state === 'paused')
    expect(await status(page)).toEqual({ state: 'paused', reasons: ['hidden'] })
    await look(false)
    await page.waitForFunction(() => globalThis.roar.status().state === 'live')
    await page.close()
  })

  test('a page without a network keeps its taps and sends them when it is back', async () => {
    const page = await visit()
    const wanted = total + 3
    await context.setOffline(true)
    await page.waitForFunction(() => globalThis.roar.status().state === 'paused')
    await page.evaluate(() => {
      for (let tap = 0; tap < 3; tap++) globalThis.roar.react('heart')
    })
    const all = counted(wanted)
    await context.setOffline(false)
    await all
    expect(total).toBe(wanted)
    await page.close()
  })
})
