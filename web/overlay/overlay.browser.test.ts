import { expect } from 'bun:test'
import type { Browser, Page } from 'playwright-core'
import { connect, guest, type PostAnswer } from '../../sdk/src/index.ts'
import { browserTests, MOVING, openWindow } from '../../test/browser/chromium.ts'
import { startAnother, tokenOf, type Voting } from '../../test/polls/voting.ts'
import { until } from '../../test/until.ts'

const TELEVISION = { viewport: { width: 1920, height: 1080 } }

let roar: Voting
let browser: Browser
const browserTest = browserTests((...started) => {
  ;[roar, browser] = started
})

browserTest(
  'over a picture: mood, the open poll, posts and the swarm, without a background, and nothing in the lower third',
  async () => {
    const { page, faults, close } = await openWindow(browser, `${roar.url}/overlay/final`, {
      ...TELEVISION,
      ...MOVING,
    })
    await page.waitForSelector('#overlay[data-state="live"]', { state: 'attached' })
    const { token } = await guest({ url: roar.url, name: 'Ada Quill' })
    const viewer = connect({ url: roar.url, show: 'final', segment: 'home', token })
    await viewer.ready()
    for (let i = 0; i < 40; i++) viewer.react(i % 3 === 0 ? 'six' : 'heart')
    await viewer.post('six')
    await page.waitForSelector('.feed-row:has-text("Ada Quill") .sticker-icon')
    await page.waitForSelector('.mood-total:text-is("40")')
    await page.waitForSelector('canvas.swarm:not([data-crowd="0"])')
    await picture(page, 'feed')
    await roar.create('mvp', { visibility: 'live', choices: CHOICES })
    await roar.act('mvp', 'open')
    for (const [i, choice] of ['ashby', 'ashby', 'vale'].entries())
      expect((await roar.vote('mvp', tokenOf(`v${i}`), { choice })).status).toBe(201)
    await page.waitForSelector('.poll-row:nth-child(4) .poll-percent')
    // A poll has the room of the posts.
    await page.waitForSelector('.feed-plate', { state: 'hidden' })
    await picture(page, 'poll')
    const lowest = await page.evaluate(() =>
      Math.max(
        ...[...document.querySelectorAll('section')].map((part) => part.getBoundingClientRect().bottom),
      ),
    )
    expect(lowest).toBeLessThanOrEqual(1080 * 0.67)
    expect(await smallestLetters(page)).toBeGreaterThanOrEqual(1080 / 36)
    // Without plates and stickers there is the picture below: here, nothing.
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe(
      'rgba(0, 0, 0, 0)',
    )
    await roar.act('mvp', 'close')
    await roar.act('mvp', 'reveal')
    await roar.act('mvp', 'seal')
    await page.waitForSelector('.poll-state:has-text("The result, sealed")')
    const { code } = await roar.poll('mvp')
    await page.waitForSelector(`.poll-foot:has-text("${code}")`)
    await picture(page, 'sealed')
    expect(faults).toEqual([])
    viewer.close()
    await close()
  },
)

browserTest(
  'a post that is removed while the overlay has no connection is off the picture once it has',
  async () => {
    const { page, close } = await openWindow(browser, 'about:blank', TELEVISION)
    // So slow that no row leaves because it is old.
    await page.addInitScript(() => {
      const now = performance.now.bind(performance)
      performance.now = () => now() / 1000
    })
    await page.goto(`${roar.url}/overlay/final?parts=feed`)
    await page.waitForSelector('#overlay[data-state="live"]', { state: 'attached' })
    const answer = await roar.request('POST', '/v1/shows/final/posts', tokenOf('rude', { name: 'Rude' }), {
      sticker: 'six',
    })
    const { post } = (await answer.json()) as PostAnswer
    await page.waitForSelector('.feed-row:has-text("Rude")')
    await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide')))
    await page.waitForSelector('#overlay[data-state="paused"]', { state: 'attached' })
    await roar.produce('DELETE', `/shows/final/posts/${post.id}`)
    const feed = async () => (await roar.request('GET', '/v1/shows/final/feed')).text()
    await until(feed, (text) => text.includes(`"removed":["${post.id}"]`))
    await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow')))
    await page.waitForSelector('.feed-row:has-text("Rude")', { state: 'detached' })
    await close()
  },
)

browserTest('a mixer whose clock is wrong counts a poll down by the server’s', async () => {
  const { page, close } = await openWindow(browser, 'about:blank', TELEVISION)
  await page.addInitScript(() => {
    const now = Date.now
    Date.now = () => now() + 600_000
    Object.defineProperty(performance, 'timeOrigin', { value: performance.timeOrigin + 600_000 })
  })
  await page.goto(`${roar.url}/overlay/final?parts=poll`)
  await page.waitForSelector('#overlay[data-state="live"]', { state: 'attached' })
  const viewer = connect({ url: roar.url, show: 'final' })
  await viewer.ready()
  await roar.create('timed', { choices: CHOICES })
  await roar.studio('POST', 'polls/timed/open', { forMs: 300_000 })
  const tapping = setInterval(() => viewer.react('heart'), 100)
  await page.waitForSelector('.poll-left:text-matches("^[45]:")')
  clearInterval(tapping)
  await roar.act('timed', 'close')
  viewer.close()
  await close()
})

browserTest('only what the address asks for is there', async () => {
  const address = `${roar.url}/overlay/final?parts=mood&side=right&safe=10`
  const { page, close } = await openWindow(browser, address, TELEVISION)
  const plate = await (await page.waitForSelector('.mood-plate')).boundingBox()
  expect(plate!.x + plate!.width).toBeCloseTo(1920 * 0.9, 0)
  expect(plate!.y).toBeCloseTo(108, 0)
  expect(await page.locator('canvas').count()).toBe(0)
  expect(await page.locator('section:visible').count()).toBe(1)
  await close()
})

browserTest(
  'a poll that was over before is not asked for; one that opens is, once for all its first votes',
  async () => {
    for (const action of ['open', 'close', 'reveal']) {
      if (action === 'open') await roar.create('before', { choices: CHOICES })
      await roar.act('before', action)
    }
    const { page, close } = await openWindow(browser, 'about:blank', TELEVISION)
    const asked: string[] = []
    page.on('request', (request) => {
      const poll = new URL(request.url()).pathname.match(/\/polls\/([^/]+)$/)?.[1]
      if (poll !== undefined) asked.push(poll)
    })
    // The answer stays away until the votes were heard of, as on a slow line.
    const votesAreIn = Promise.withResolvers<void>()
    await page.route('**/polls/now', (route) => votesAreIn.promise.then(() => route.continue()))
    await page.goto(`${roar.url}/overlay/final`)
    await page.waitForSelector('#overlay[data-state="live"]', { state: 'attached' })
    await roar.create('now', { visibility: 'live', question: 'And now?', choices: CHOICES })
    const isAsked = page.waitForRequest('**/polls/now')
    await roar.act('now', 'open')
    await isAsked
    for (let i = 0; i < 5; i++) await roar.vote('now', tokenOf(`w${i}`), { choice: 'vale' })
    await roar.counted('now', 5)
    votesAreIn.resolve()
    await page.waitForSelector('.poll-question:has-text("And now?")')
    expect(asked).toEqual(['now'])
    await close()
  },
)

browserTest(
  'another server at the same address: its polls are on the picture, whatever polls of their ids were before, and no others',
  async () => {
    const { page, close } = await openWindow(browser, 'about:blank', TELEVISION)
    // It comes back within some random time.
    await page.addInitScript(() => {
      Math.random = () => 0.01
    })
    await page.goto(`${roar.url}/overlay/final?parts=poll`)
    const make = async (poll: string, question: string) => {
      await roar.create(poll, { visibility: 'live', question, choices: CHOICES })
      await roar.act(poll, 'open')
      await page.waitForSelector(`.poll-question:has-text("${question}")`)
    }
    await make('gone', 'Is it gone?')
    await make('same', 'Who was it?')
    await roar.act('same', 'close')
    await roar.act('same', 'reveal')
    await page.waitForSelector('.poll-question:has-text("Is it gone?")')
    roar = await startAnother(roar)
    await page.waitForSelector('#poll', { state: 'hidden' })
    await make('same', 'Who is it?')
    await close()
  },
)

const CHOICES = ['Ashby', 'Vale', 'Moon', 'Reed'].map((title) => ({ choice: title.toLowerCase(), title }))

/** To look at, where a folder for it is named. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.PICTURES
  if (folder) await page.screenshot({ path: `${folder}/overlay-${name}.png`, omitBackground: true })
}

const smallestLetters = (page: Page) =>
  page.evaluate(() =>
    Math.min(
      ...[...document.querySelectorAll('section *')]
        .filter(({ textContent }) => textContent !== '')
        .map((node) => Number.parseFloat(getComputedStyle(node).fontSize)),
    ),
  )
