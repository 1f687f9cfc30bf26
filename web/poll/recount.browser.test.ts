import { expect } from 'bun:test'
import type { Browser, Page, Route } from 'playwright-core'
import { browserTests, DESKTOP, live, openWindow, PHONE } from '../../test/browser/chromium.ts'
import { tokenOf, type Voting } from '../../test/polls/voting.ts'
import { enPolls } from '../words/en-polls.ts'

const BALLOTS = '**/ballots?from=*'
let roar: Voting
let browser: Browser

const browserTest = browserTests(async (...started) => {
  ;[roar, browser] = started
  await roar.create('mvp', { visibility: 'live', change: true })
  await roar.act('mvp', 'open')
  const cast = (i: number, choice: string) =>
    roar.vote('mvp', tokenOf(`v${i}`, { segment: i < 4 ? 'away' : 'home' }), { choice })
  await Promise.all(Array.from({ length: 60 }, (_, i) => cast(i, ['anna', 'ben'][i % 2]!)))
  await Promise.all(Array.from({ length: 9 }, (_, i) => cast(i, 'cleo')))
  for (const action of ['close', 'seal']) await roar.act('mvp', action)
})

/** Opens the page, presses the button, and says what the page found. */
async function recounted(page: Page): Promise<{ state: string; words: string }> {
  // The card is there, hidden, before the poll is.
  if ((await page.getAttribute('.poll:visible', 'data-folded')) === 'true') await page.click('.poll-fold')
  await page.click('button:text-is("Recount all")')
  const verdict = page.locator('.poll-verdict:visible')
  await verdict.waitFor()
  return {
    state: (await verdict.getAttribute('data-verdict')) ?? '',
    words: (await verdict.textContent()) ?? '',
  }
}

function promise(
  name: string,
  body: (page: Page, faults: string[]) => Promise<void>,
  options = DESKTOP,
): void {
  browserTest(name, async () => {
    const { page, faults, close } = await openWindow(browser, roar.url, options)
    try {
      await live(page)
      await body(page, faults)
    } finally {
      await close()
    }
  })
}

promise('before its voters are forgotten the page says why it cannot count', async (page) => {
  const { state, words } = await recounted(page)
  expect(state).toBe('recount-none')
  expect(words).toContain('not public yet')
  expect((await roar.act('mvp', 'forget')).status).toBe(200)
})

promise(
  'the page counts all ballots of a sealed poll again, and gets the certificate’s result and root',
  async (page, faults) => {
    const { state, words } = await recounted(page)
    expect([state, faults]).toEqual(['recount-same', []])
    expect(words).toContain('all 69 ballots')
    expect(words).toContain('60 viewers')
  },
  PHONE,
)

promise('a ballot that is another than what was sealed is found', async (page) => {
  await page.route(BALLOTS, async (route: Route) => {
    const response = await route.fetch()
    await route.fulfill({ response, body: (await response.text()).replace('"anna"', '"ben"') })
  })
  const { state, words } = await recounted(page)
  expect(state).toBe('recount-other')
  expect(words).toContain('root')
})

promise('a poll that is shown with other titles than were voted on is found', async (page) => {
  await page.route('**/polls/mvp', async (route: Route) => {
    const response = await route.fetch()
    await route.fulfill({
      response,
      body: (await response.text()).replace('"title":"anna"', '"title":"ben"'),
    })
  })
  const { state, words } = await recounted(page)
  expect(state).toBe('recount-other')
  expect(words).toContain(enPolls.faultRules)
})

promise('a poll that is not answered at first is asked for again', async (page) => {
  let cut = 0
  await page.route('**/polls/mvp', (route: Route) => (cut++ === 0 ? route.abort() : route.continue()))
  expect((await recounted(page)).state).toBe('recount-same')
  expect(cut).toBe(2)
})

promise('an answer that breaks off is gone on with where it was', async (page) => {
  const asked: string[] = []
  await page.route(BALLOTS, async (route: Route) => {
    asked.push(new URL(route.request().url()).search)
    const response = await route.fetch()
    if (asked.length > 1) return route.fulfill({ response })
    const lines = (await response.text()).split('\n')
    await route.fulfill({ response, body: `${lines.slice(0, 20).join('\n')}\n${lines[20]!.slice(0, 50)}` })
  })
  expect((await recounted(page)).state).toBe('recount-same')
  expect(asked).toEqual(['?from=0', '?from=20'])
})
