import { describe, expect } from 'bun:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { browserTests, live, openContext } from '../../test/browser/chromium.ts'
import { startAnother, type Voting } from '../../test/polls/voting.ts'
import { until } from '../../test/until.ts'

let roar: Voting
let browser: Browser

const browserTest = browserTests((...started) => {
  ;[roar, browser] = started
})

let polls = 0
async function openPoll(rules: object = {}): Promise<string> {
  const poll = `poll-${++polls}`
  await roar.create(poll, { question: `Question ${polls}?`, visibility: 'live', ...rules })
  expect((await roar.act(poll, 'open')).status).toBe(200)
  return poll
}

function promise(name: string, body: (context: BrowserContext) => Promise<void>): void {
  browserTest(name, async () => {
    const context = await openContext(browser)
    // Waits are random up to seconds; the smallest ones do for a test.
    await context.addInitScript(() => {
      Math.random = () => 0.01
    })
    try {
      await body(context)
    } finally {
      await context.close()
      await roar.act(`poll-${polls}`, 'close')
    }
  })
}

async function openPage(context: BrowserContext): Promise<Page> {
  const page = await context.newPage()
  await page.goto(roar.url)
  await live(page)
  await page.waitForSelector(`.poll:has-text("Question ${polls}?")`)
  return page
}
const pick = (page: Page, choice: string) => page.click(`[data-choice="${choice}"]`)
const send = (page: Page) => page.click('.poll-vote')
const isIn = (page: Page) => page.waitForSelector('.poll[data-vote="in"]')

/** Votes, changes the vote, comes again and changes it once more: still one ballot. */
async function isOneVoter(context: BrowserContext): Promise<void> {
  const poll = await openPoll({ change: true })
  const page = await openPage(context)
  await pick(page, 'anna')
  await send(page)
  await isIn(page)
  await page.click('button:text-is("Change my vote")')
  await pick(page, 'ben')
  await send(page)
  await page.waitForSelector('[data-choice="ben"] .choice-mark:text-is("Yours")')
  await page.reload()
  await live(page)
  await page.waitForSelector(`.poll:has-text("Question ${polls}?")`)
  const change = page.locator('button:text-is("Change my vote"):visible')
  await change.or(page.locator('.poll-vote:visible')).first().waitFor()
  if (await change.isVisible()) await change.click()
  await pick(page, 'cleo')
  await send(page)
  await page.waitForSelector('[data-choice="cleo"] .choice-mark:text-is("Yours")')
  await page.waitForSelector('.poll-count:has-text("1"), .poll-hint:has-text("1 has voted")')
  // One voter is counted all the while: the change is a moment behind its receipt.
  await until(
    () => roar.counted(poll, 1),
    ({ counts }) => counts?.cleo === 1,
  )
  expect((await roar.counted(poll, 1)).counts).toEqual({ anna: 0, ben: 0, cleo: 1 })
}

describe('the browser is one voter', () => {
  promise(
    'in two tabs that answer at once: one ballot, one receipt, and both tabs know it',
    async (context) => {
      const poll = await openPoll()
      const tabs = [await openPage(context), await openPage(context)]
      await Promise.all([pick(tabs[0]!, 'anna'), pick(tabs[1]!, 'ben')])
      // In the same moment: a tab that has heard of the other's vote takes none.
      const press = () => document.querySelector<HTMLElement>('.poll-vote')!.click()
      await Promise.all(tabs.map((tab) => tab.evaluate(press)))
      for (const tab of tabs) await tab.waitForSelector('button:text-is("Check my vote"):visible')
      const { counts } = await roar.counted(poll, 1)
      expect(counts!.anna! + counts!.ben!).toBe(1)
      const receipts = await tabs[0]!.evaluate(
        () => Object.keys(localStorage).filter((key) => key.startsWith('roar.votes')).length,
      )
      expect(receipts).toBe(1)
    },
  )

  promise('with a clock that is months ahead', async (context) => {
    await context.addInitScript(() => {
      const now = Date.now
      Date.now = () => now() + 400 * 86_400_000
    })
    await isOneVoter(context)
  })

  promise('with a storage that is full, where the card folds too', async (context) => {
    await context.addInitScript(() => {
      for (let size = 1 << 20; size >= 1; size >>= 1) {
        try {
          for (let i = 0; ; i++) localStorage.setItem(`full-${size}-${i}`, 'x'.repeat(size))
        } catch {
          // Full for this size.
        }
      }
    })
    await isOneVoter(context)
    const [page] = context.pages()
    await page!.click('.poll-fold')
    await page!.waitForSelector('.poll[data-folded="true"]')
    await page!.click('.poll-fold')
    await page!.waitForSelector('.poll[data-folded="false"]')
  })

  promise('with a storage that is forbidden', async (context) => {
    await context.addInitScript(() => {
      Object.defineProperty(globalThis, 'localStorage', {
        get: () => {
          throw new DOMException('forbidden', 'SecurityError')
        },
      })
    })
    await isOneVoter(context)
  })
})

promise(
  'a show after its rehearsal, at the same address: the open page asks the new question, and takes a vote',
  async (context) => {
    const poll = await openPoll()
    const page = await openPage(context)
    const later = await openPage(context)
    await pick(page, 'anna')
    await send(page)
    await isIn(page)
    await later.close()
    roar = await startAnother(roar)
    const choices = ['dora', 'emil'].map((choice) => ({ choice, title: choice }))
    await roar.create(poll, { question: 'And now?', visibility: 'live', choices })
    await roar.act(poll, 'open')
    await page.waitForSelector('.poll:has-text("And now?")')
    await pick(page, 'dora')
    await send(page)
    // The token is of the rehearsal: the server does not know it, and the next one does.
    const refused = page.locator('.poll-note:has-text("does not know you any more")')
    await refused.or(page.locator('.poll[data-vote="in"]')).first().waitFor()
    if (await refused.isVisible()) await send(page)
    await isIn(page)
    expect((await roar.counted(poll, 1)).counts).toEqual({ dora: 1, emil: 0 })
  },
)

promise(
  'a poll that is made once the open page is at a new server is asked, whatever one of its id had come to before',
  async (context) => {
    const sealed = await openPoll()
    const page = await openPage(context)
    for (const action of ['close', 'seal']) await roar.act(sealed, action)
    await page.waitForSelector('.poll[data-state="sealed"]')
    const open = await openPoll()
    await page.waitForSelector(`.poll:has-text("Question ${polls}?")`)
    roar = await startAnother(roar)
    // Neither is there any more, and the page finds out by itself.
    await page.waitForSelector('.poll', { state: 'hidden' })
    for (const [poll, question] of [
      [sealed, 'And now?'],
      [open, 'And then?'],
    ] as const) {
      await roar.create(poll, { question, visibility: 'live' })
      await roar.act(poll, 'open')
      await page.waitForSelector(`.poll-question:text-is("${question}")`)
    }
    await pick(page, 'anna')
    await send(page)
    await isIn(page)
    expect((await roar.counted(open, 1)).counts).toEqual({ anna: 1, ben: 0, cleo: 0 })
  },
)

promise(
  'a stranger cannot show the page in a frame, so nobody votes by a click that meant something else',
  async (context) => {
    await openPoll()
    const stranger = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      fetch: () =>
        new Response(
          `<iframe src="${roar.url.replace('127.0.0.1', 'localhost')}" style="opacity:0.01"></iframe>`,
          {
            headers: { 'content-type': 'text/html' },
          },
        ),
    })
    try {
      const page = await context.newPage()
      const refused = page.waitForEvent('console', (message) => message.text().includes('frame-ancestors'))
      await page.goto(`http://127.0.0.1:${stranger.port}/`)
      await refused
      expect(await page.frames()[1]!.evaluate(() => document.querySelector('#poll'))).toBeNull()
    } finally {
      stranger.stop(true)
    }
  },
)
