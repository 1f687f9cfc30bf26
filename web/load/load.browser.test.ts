import { expect } from 'bun:test'
import type { Browser, Page } from 'playwright-core'
import { browserTests, live, MOVING, openWindow } from '../../test/browser/chromium.ts'
import { labelled, named, says } from '../../test/browser/names.ts'
import type { Voting } from '../../test/polls/voting.ts'

let roar: Voting
let browser: Browser
const browserTest = browserTests(async (...started) => {
  ;[roar, browser] = started
  await roar.produce('PATCH', '/shows/final', { language: 'ar' })
  await roar.produce('PUT', '/shows/final/pin', { text: 'Welcome' })
  await roar.create('mvp', { visibility: 'live' })
  await roar.act('mvp', 'open')
})

/** Lets the first request of each script that comes late fail. @returns The queries of each, in order. */
async function failFirst(page: Page): Promise<Map<string, string[]>> {
  const asked = new Map<string, string[]>()
  await page.route(/^(?!.*\/assets\/index-).*\.js(\?.*)?$/, (route) => {
    const { pathname, search } = new URL(route.request().url())
    const queries = [...(asked.get(pathname) ?? []), search]
    asked.set(pathname, queries)
    return queries.length === 1 ? route.abort('connectionreset') : route.continue()
  })
  return asked
}

browserTest(
  'every script that comes late comes after a failure too, under an address that no browser remembers as failed',
  async () => {
    const { page, close } = await openWindow(browser, 'about:blank', MOVING)
    const asked = await failFirst(page)
    await page.goto(roar.url)
    await live(page)
    for (const wanted of [
      '.board-text',
      '.ribbon-line',
      '#pinned:not([hidden])',
      '[data-choice="anna"]',
      '#ribbon :text("آخر")',
    ])
      await page.waitForSelector(wanted)
    // What somebody asks for is there at the next press.
    const failed = page.waitForEvent('requestfailed', (request) => request.url().includes('/room.js'))
    await page.click('.room-start')
    await failed
    await page.click('.room-start')
    await page.waitForSelector('.room-link')
    // What paints is asked for as a worker first; where that fails it paints on the page. The room has one of its own.
    for (const painter of ['/swarm.js', '/ground.js']) {
      expect(asked.get(painter)!.slice(0, 2)).toEqual(['', ''])
      asked.delete(painter)
    }
    expect([...asked.keys()].sort()).toEqual([
      '/pinned.js',
      '/poll.js',
      '/ribbon.js',
      '/room.js',
      '/stage.js',
      '/words/ar.js',
    ])
    for (const queries of asked.values()) expect(queries).toEqual(['', '?again=1'])
    await close()
  },
)

browserTest(
  'the scoreboard is not seen before it has something to say: nothing in it moves then',
  async () => {
    const { page, close } = await openWindow(browser, 'about:blank')
    const released = Promise.withResolvers<void>()
    await page.route('**/ground.js*', async (route) => {
      await released.promise
      await route.continue()
    })
    await page.goto(roar.url)
    const board = page.locator('.board')
    await board.waitFor({ state: 'attached' })
    expect(await board.isVisible()).toBe(false)
    released.resolve()
    await board.waitFor({ state: 'visible' })
    expect(await page.textContent('.board-score')).not.toBe('')
    await close()
  },
)

browserTest(
  'where a policy forbids workers, and the browser throws for it, the page paints by itself',
  async () => {
    const { page, faults, close } = await openWindow(browser, 'about:blank', MOVING)
    await page.addInitScript(() => {
      window.Worker = class {
        constructor() {
          throw new DOMException('forbidden', 'SecurityError')
        }
      } as never
    })
    await page.goto(roar.url)
    await live(page)
    const body = JSON.stringify({ stickers: { heart: 40 } })
    const headers = { 'content-type': 'application/json' }
    // The first may come before what paints.
    const crowd = () => fetch(`${roar.url}/v1/shows/final/reactions`, { method: 'POST', headers, body })
    while (!(await page.$eval('.swarm', ({ dataset }: HTMLElement) => Number(dataset.crowd) > 0))) {
      expect((await crowd()).status).toBe(202)
      await page.waitForTimeout(300)
    }
    expect(faults).toEqual([])
    await close()
  },
)

browserTest('a screen of the studio that cannot be loaded says so, and one press loads it', async () => {
  const link = await roar.things.people!.ownersLink('further', 'a test')
  const { page, close } = await openWindow(browser, `${roar.url}/studio/welcome#token=${link}`)
  await labelled(page, 'Your name').fill('Olga')
  await labelled(page, 'E-mail').fill('olga@example.org')
  await labelled(page, 'Password').fill('five words that nobody says')
  await page.click('button:text-is("Begin")')
  await page.waitForSelector('.show-row')
  await page.route(/\/assets\/chunk-/, (route) => route.abort('connectionreset'))
  await named(page, 'link', 'People').click()
  await page.waitForSelector('[role="alert"]:text("This screen cannot be shown.")')
  // The rest of it goes on.
  await named(page, 'link', 'Shows').first().click()
  await page.waitForSelector('.show-row')
  await named(page, 'link', 'People').click()
  await page.waitForSelector('[role="alert"]')
  await page.unroute(/\/assets\/chunk-/)
  await page.click('button:text-is("Load it again")')
  await says(page, 'olga@example.org')
  await close()
})
