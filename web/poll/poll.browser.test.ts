import { describe, expect } from 'bun:test'
import { generateKeyPairSync, sign } from 'node:crypto'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { keyIdOf } from '../../engine/polls/checkpoints.ts'
import {
  cosignatureBytes,
  cosignedText,
  KEY_TYPE,
  noteKeyText,
  readNote,
  signatureLine,
} from '../../protocol/checkpoints.ts'
import type { Certificate } from '../../protocol/polls.ts'
import { sha256 } from '../../services/sha256.ts'
import { browserTests, DESKTOP, live, MOVING, openWindow, PHONE } from '../../test/browser/chromium.ts'
import { startVoting, tokenOf, type Voting } from '../../test/polls/voting.ts'

const TARGET_PX_MIN = 48
const SCRIPT_BYTES_MAX = 30 * 1024
const VOTES = '**/votes'

let roar: Voting
let browser: Browser

const browserTest = browserTests((...started) => {
  ;[roar, browser] = started
})

let polls = 0
/** A poll of its own for each test; the one before is closed, so that the card shows this one. */
async function openPoll(rules: object = {}): Promise<string> {
  const poll = `poll-${++polls}`
  await roar.create(poll, { question: `Question ${polls}?`, visibility: 'live', ...rules })
  expect((await roar.act(poll, 'open')).status).toBe(200)
  return poll
}

function promise(
  name: string,
  body: (page: Page, faults: string[]) => Promise<void>,
  options: BrowserContextOptions = DESKTOP,
): void {
  browserTest(name, async () => {
    const { page, faults, close } = await openWindow(browser, 'about:blank', options)
    try {
      // Waits are random up to seconds; the smallest ones do for a test.
      await page.addInitScript(() => {
        Math.random = () => 0.01
      })
      await page.goto(roar.url)
      await live(page)
      await body(page, faults)
      expect(faults).toEqual([])
    } finally {
      await close()
      await roar.act(`poll-${polls}`, 'close')
    }
  })
}

const onCard = (page: Page, poll: number) =>
  page.waitForSelector(`.poll-question:text-is("Question ${poll}?")`, { state: 'attached' })
const said = (page: Page, words: string) => page.waitForSelector(`.poll-note:text-is("${words}")`)
/** The card has slid in. */
const atRest = (page: Page) =>
  page.waitForFunction(() => document.querySelector('.poll')!.getAnimations().length === 0)
const inState = (page: Page, state: string) => page.waitForSelector(`.poll[data-state="${state}"]`)

describe('a vote', () => {
  promise(
    'whose answer is lost survives a reload and a busy server, is counted once, and is proven once sealed',
    async (page, faults) => {
      const poll = await openPoll()
      await roar.vote(poll, tokenOf('somebody'), { choice: 'ben' })
      await onCard(page, polls)
      await page.click('[data-choice="cleo"]')
      let tries = 0
      await page.route(VOTES, async (route) => {
        tries++
        // The first is counted and its answer lost, the next ones are refused for the moment.
        if (tries === 1) {
          await route.fetch()
          await route.abort('connectionreset')
        } else
          await route.fulfill({
            status: 503,
            headers: { 'retry-after': '1' },
            json: { type: 'urn:roar:error:overloaded', code: 'overloaded' },
          })
      })
      await page.click('.poll-vote')
      await page.waitForSelector(
        '.poll[data-vote="pending"] .poll-note:has-text("Your vote is safe and will be sent again")',
      )
      await page.reload()
      await page.waitForSelector('.poll[data-vote="pending"] .poll-note:has-text("The server is busy")')
      expect(await page.getAttribute('[data-choice="cleo"]', 'data-own')).toBe('true')
      await page.unroute(VOTES)
      await said(page, 'Your vote is in.')
      expect(tries).toBeGreaterThan(1)
      expect((await roar.counted(poll, 2)).counts).toEqual({ anna: 0, ben: 1, cleo: 1 })
      await page.waitForSelector('[data-choice="cleo"] .choice-percent:text-is("50%")')

      await roar.act(poll, 'close')
      await inState(page, 'closed')
      await page.click('button:text-is("Check my vote")')
      expect(await page.textContent('[data-verdict="unsealed"]')).toContain('Your receipt is genuine')
      await roar.act(poll, 'seal')
      await inState(page, 'sealed')
      await page.click('button:text-is("Check my vote")')
      const verdict = await page.waitForSelector('[data-verdict="verified"][data-tone="good"]')
      expect(await verdict.textContent()).toContain('one of the 2 in the sealed box')
      expect((await roar.poll(poll)).ballots).toBe(2)
      // The browser itself tells of requests that failed.
      faults.splice(0)
    },
  )

  promise('made while the server is away arrives when it is back', async (page, faults) => {
    const poll = await openPoll()
    await onCard(page, polls)
    const token = page.waitForResponse('**/v1/viewers')
    await page.click('[data-choice="anna"]')
    await token
    const { port } = new URL(roar.url)
    await roar.stop()
    await page.click('.poll-vote')
    await page.waitForSelector('.poll-note:has-text("No answer from the server")')
    roar = await startVoting({ data: roar.data, flags: ['--port', port] })
    await said(page, 'Your vote is in.')
    expect((await roar.counted(poll, 1)).counts).toMatchObject({ anna: 1 })
    faults.splice(0)
  })

  promise('of several choices, and of points, takes no more than there are', async (page) => {
    const several = await openPoll({ kind: 'several', max: 2 })
    await onCard(page, polls)
    for (const choice of ['anna', 'cleo']) await page.click(`[data-choice="${choice}"]`)
    expect(await page.isDisabled('[data-choice="ben"] input')).toBe(true)
    await page.click('.poll-vote')
    await said(page, 'Your vote is in.')
    expect((await roar.counted(several, 1)).counts).toEqual({ anna: 1, ben: 0, cleo: 1 })
    await roar.act(several, 'close')

    const points = await openPoll({ kind: 'points', max: 3, change: true })
    await onCard(page, polls)
    // Forced: one more than there are can be pressed, and says by aria-disabled that it does nothing. Not so the first ones,
    // which wait until the card stands still.
    for (let i = 0; i < 5; i++)
      await page.click('[data-choice="ben"] .choice-step:last-child', { force: i >= 3 })
    expect(await page.textContent('[data-choice="ben"] output')).toBe('3')
    await page.click('.poll-vote')
    await said(page, 'Your vote is in.')
    await page.click('button:text-is("Change my vote")')
    await page.click('[data-choice="ben"] .choice-step >> nth=0')
    await page.click('[data-choice="anna"] .choice-step:last-child')
    await page.click('.poll-vote')
    await page.waitForSelector('[data-choice="anna"] .choice-mark:text-is("Yours: 1")')
    await page.waitForSelector('[data-choice="ben"] .choice-percent:text-is("67%")')
    expect((await roar.poll(points)).counts).toEqual({ anna: 1, ben: 2, cleo: 0 })
  })

  promise('in a hurry asks for one token: two would be two voters', async (page) => {
    await openPoll()
    await onCard(page, polls)
    const pressed = Promise.withResolvers<void>()
    let tokens = 0
    await page.route('**/v1/viewers', async (route) => {
      tokens++
      await pressed.promise
      await route.continue()
    })
    await page.click('[data-choice="anna"]')
    await page.click('.poll-vote')
    pressed.resolve()
    await said(page, 'Your vote is in.')
    expect(tokens).toBe(1)
  })

  promise('is possible by keyboard alone; Escape folds the card, and it stays folded', async (page) => {
    const poll = await openPoll()
    await onCard(page, polls)
    await page.focus('.poll-fold')
    await page.keyboard.press('Tab')
    if (!(await page.evaluate(() => document.activeElement!.matches('.choice-input')))) {
      await page.keyboard.press('Tab')
    }
    await page.keyboard.press('Space')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await said(page, 'Your vote is in.')
    expect((await roar.counted(poll, 1)).counts).toMatchObject({ ben: 1 })
    await page.keyboard.press('Escape')
    expect(await page.getAttribute('.poll-fold', 'aria-expanded')).toBe('false')
    expect(await page.evaluate(() => document.activeElement!.className)).toBe('poll-fold')
    await page.reload()
    await page.waitForSelector('.poll[data-folded="true"]')
  })
})

describe('the card', () => {
  promise(
    'may lie over the composer on a phone, and never over the composer in use',
    async (page) => {
      await openPoll({ choices: [...'abcdefgh'].map((choice) => ({ choice, title: choice })) })
      await onCard(page, polls)
      await atRest(page)
      await page.focus('.composer-arm')
      const { x, y, width, height } = (await page.locator('.composer-arm').boundingBox())!
      const seen = await page.evaluate(
        ([left, top]) =>
          document.querySelector('.composer')!.contains(document.elementFromPoint(left!, top!)),
        [x + width / 2, y + height / 2],
      )
      expect(seen).toBe(true)
    },
    PHONE,
  )

  promise('shows counts only as the rule allows, and the right answer only once revealed', async (page) => {
    const poll = await openPoll({ visibility: 'revealed', answer: ['ben'] })
    await onCard(page, polls)
    await page.click('[data-choice="ben"]')
    await page.click('.poll-vote')
    await said(page, 'Your vote is in.')
    await roar.counted(poll, 1)
    await roar.act(poll, 'close')
    await inState(page, 'closed')
    expect(await page.isVisible('.choice-percent')).toBe(false)
    expect(await page.textContent('.poll-hint')).toContain('The show reveals the count later.')
    await roar.act(poll, 'reveal')
    await page.waitForSelector('[data-choice="ben"] .choice-mark:text-is("✓ Right · Yours")')
    await page.waitForSelector('[data-choice="ben"] .choice-percent:text-is("100%")')
  })

  for (const [width, height] of [
    [320, 568],
    [375, 553],
    [360, 640],
    [390, 664],
    [844, 390],
  ] as const)
    promise(
      `to vote in shows every choice at ${width}x${height}, above all else`,
      async (page) => {
        await openPoll()
        await onCard(page, polls)
        await atRest(page)
        const seen = await page.$$eval('.choice, .poll-vote', (nodes) =>
          nodes.map((node) => {
            const { left, right, top, bottom } = node.getBoundingClientRect()
            const corners = [top + 8, bottom - 8].map((y) => document.elementFromPoint((left + right) / 2, y))
            return top >= 0 && bottom <= innerHeight && corners.every((at) => node.contains(at))
          }),
        )
        expect(seen).toEqual([true, true, true, true])
      },
      { ...PHONE, viewport: { width, height } },
    )

  promise(
    'on a small phone shows what was counted once the vote is in, and nothing stands over its buttons',
    async (page) => {
      const poll = await openPoll({ change: true })
      await onCard(page, polls)
      await page.click('[data-choice="anna"]')
      await page.click('.poll-vote')
      await page.waitForSelector('.poll[data-sheet="false"][data-vote="in"] .choice-percent:text-is("100%")')
      await atRest(page)
      const inSight = (nodes: Element[]) =>
        nodes.map((node) => {
          const { left, right, top, bottom } = node.getBoundingClientRect()
          const corners = [left + 8, right - 8].map((x) => document.elementFromPoint(x, (top + bottom) / 2))
          return corners.every((at) => node.contains(at))
        })
      expect((await page.$$eval('.choice', inSight)).slice(0, 2)).toEqual([true, true])
      await roar.act(poll, 'close')
      await inState(page, 'closed')
      await page.locator('.poll-quiet:visible').last().scrollIntoViewIfNeeded()
      expect(await page.$$eval('.poll-quiet:not([hidden])', inSight)).toEqual([true])
    },
    { ...PHONE, viewport: { width: 320, height: 568 } },
  )

  promise('says how a poll stands in whole words, in German and beside a next one', async (page) => {
    await roar.produce('PATCH', '/shows/final', { language: 'de' })
    try {
      await openPoll()
      await onCard(page, polls)
      await page.waitForSelector('.poll-title:text-is("Jetzt abstimmen")')
      await page.click('[data-choice="anna"]')
      await page.click('.poll-vote')
      await page.waitForSelector('.poll-title:text-is("Die Abstimmung läuft")')
      expect(await page.$eval('.poll-title', (node) => node.scrollWidth <= node.clientWidth)).toBe(true)
    } finally {
      await roar.produce('PATCH', '/shows/final', { language: 'en' })
    }
  })

  promise(
    'whose choice ties and is mine keeps its name whole',
    async (page) => {
      const poll = await openPoll()
      await onCard(page, polls)
      await page.click('[data-choice="anna"]')
      await page.click('.poll-vote')
      await said(page, 'Your vote is in.')
      await roar.vote(poll, tokenOf('tie'), { choice: 'ben' })
      await roar.counted(poll, 2)
      await roar.act(poll, 'close')
      await roar.act(poll, 'reveal')
      await page.waitForSelector('[data-choice="anna"] .choice-mark:text-is("Tie · Yours")')
      const lines = await page.$eval('[data-choice="anna"] .choice-title', (node) => {
        const range = document.createRange()
        range.selectNodeContents(node)
        return range.getClientRects().length
      })
      expect(lines).toBe(1)
    },
    { ...PHONE, viewport: { width: 320, height: 568 } },
  )

  promise('that is a tie is called one: equal votes look equal, with their counts beside', async (page) => {
    const poll = await openPoll({ visibility: 'voted' })
    for (const choice of ['anna', 'ben', 'cleo']) await roar.vote(poll, tokenOf(choice), { choice })
    await roar.counted(poll, 3)
    await onCard(page, polls)
    await roar.act(poll, 'close')
    await roar.act(poll, 'reveal')
    await inState(page, 'revealed')
    await page.waitForSelector('.poll-hint:text-is("3 have voted. It is a tie.")')
    for (const choice of ['anna', 'ben', 'cleo']) {
      await page.waitForSelector(`[data-choice="${choice}"] .choice-percent:text-is("33%")`)
      expect(await page.textContent(`[data-choice="${choice}"] .choice-count`)).toBe('1 vote')
      expect(await page.textContent(`[data-choice="${choice}"] .choice-mark`)).toBe('Tie')
    }
  })

  promise('says whose poll it is: a guest has no vote in one of signed-in viewers', async (page) => {
    const guests = await openPoll()
    await onCard(page, polls)
    expect(await page.textContent('.poll-tag')).toBe('Poll for guests')
    await roar.act(guests, 'close')
    await openPoll({ voters: 'signed-in' })
    await onCard(page, polls)
    expect(await page.textContent('.poll-tag')).toBe('Poll')
    expect(await page.textContent('.poll-hint')).toContain('Only viewers who are signed in can vote')
    expect(await page.isVisible('.poll-vote')).toBe(false)
  })

  promise('shows counts to voters after their vote where only they may see them', async (page) => {
    const poll = await openPoll({ visibility: 'voted' })
    await roar.vote(poll, tokenOf('first'), { choice: 'anna' })
    await roar.counted(poll, 1)
    await onCard(page, polls)
    expect(await page.isVisible('.choice-percent')).toBe(false)
    await page.click('[data-choice="anna"]')
    await page.click('.poll-vote')
    await page.waitForSelector('[data-choice="anna"] .choice-percent:text-is("100%")')
  })

  const SMALL_PHONE = { ...PHONE, viewport: { width: 360, height: 740 } }
  for (const [name, options] of Object.entries({ phone: SMALL_PHONE, desktop: DESKTOP })) {
    promise(
      `moves nothing around it on a ${name}, and everything to press is 48 px and in sight`,
      async (page) => {
        const around = () =>
          page.$$eval('#stage, #mood, #stickers, #composer, .feed-scroll', (nodes) =>
            nodes.map((node) => JSON.stringify(node.getBoundingClientRect())),
          )
        await page.waitForSelector('.sticker')
        const before = await around()
        await page.evaluate(() => {
          new PerformanceObserver((list) => {
            // What turns inside the card when its own button is pressed is what the viewer asked for; the stage plays on,
            // and the status says how many watch: windows of other tests come and go.
            for (const { sources } of list.getEntries() as (PerformanceEntry & {
              sources: { node?: Node }[]
            })[]) {
              const own = [...document.querySelectorAll('.poll, .stage-view, .status')]
              const around = sources.find(({ node }) => node && !own.some((part) => part.contains(node)))
              if (around) document.body.dataset.shift = JSON.stringify(around)
            }
          }).observe({ type: 'layout-shift' })
        })
        const poll = await openPoll({
          change: true,
          choices: [...'abcdefgh'].map((choice) => ({ choice, title: choice })),
        })
        await onCard(page, polls)
        await atRest(page)
        const targets = () =>
          page.$$eval('.poll button, label.choice', (nodes) =>
            nodes
              .filter((node) => node.checkVisibility())
              .map((node) =>
                Math.round(Math.min(node.clientHeight + 3, node.getBoundingClientRect().height)),
              ),
          )
        for (const height of await targets()) expect(height).toBeGreaterThanOrEqual(TARGET_PX_MIN)
        await page.click('[data-choice="h"]')
        const button = await page.locator('.poll-vote').boundingBox()
        expect(button!.y + button!.height).toBeLessThanOrEqual(page.viewportSize()!.height)
        await page.click('.poll-vote')
        await said(page, 'Your vote is in.')
        await roar.counted(poll, 1)
        for (const height of await targets()) expect(height).toBeGreaterThanOrEqual(TARGET_PX_MIN)
        expect(await page.$eval('.poll-foot', (foot) => foot.scrollWidth - foot.clientWidth)).toBe(0)
        expect(await around()).toEqual(before)
        expect(await page.evaluate(() => document.body.dataset.shift)).toBeUndefined()
      },
      { ...options, ...MOVING },
    )
  }
})

describe('the log of ballots', () => {
  promise('a sealed poll shows its code, and who else has seen its ballots', async (page) => {
    const poll = await openPoll()
    await roar.vote(poll, tokenOf('somebody'), { choice: 'ben' })
    await page.route('**/certificate', async (route) => {
      const certificate = (await (await route.fetch()).json()) as Certificate
      await route.fulfill({ json: cosigned(certificate, ['one.example', 'two.example', 'three.example']) })
    })
    await roar.act(poll, 'close')
    await roar.act(poll, 'seal')
    await inState(page, 'sealed')
    const { code } = await roar.poll(poll)
    const shown = await page.textContent('.poll-code')
    expect(shown!.replace(' ', '').toLowerCase()).toBe(code!)
    await page.waitForSelector(
      '.poll-seen:has-text("Seen by 3 independent witnesses: \u2068one.example, two.example, and three.example\u2069.")',
    )
    await page.unroute('**/certificate')
    await page.reload()
    // It was over before this page came, so its card is folded.
    await page.waitForSelector('.poll-seen:text-is("No independent witness has seen it.")', {
      state: 'attached',
    })
  })

  promise('a server that shows a ballot to its voter and not in the log is found', async (page, faults) => {
    await openPoll()
    await onCard(page, polls)
    await page.click('[data-choice="anna"]')
    await page.click('.poll-vote')
    await said(page, 'Your vote is in.')
    await page.route('**/heads?place=*', (route) =>
      route.fulfill({ status: 404, json: { type: 'urn:roar:error:unknown_ballot', code: 'unknown_ballot' } }),
    )
    await page.click('button:text-is("Check my vote")')
    const complaint = await page.waitForSelector('.poll-log[data-log="wrong"]')
    expect(await complaint.textContent()).toContain('your ballot is not among those that the server shows')
    faults.splice(0)
  })
})

/** The certificate as it is with these witnesses. */
function cosigned(certificate: Certificate, names: string[]): Certificate {
  const { text } = readNote(certificate.head!)!
  const witnesses = names.map((name) => {
    const { privateKey } = generateKeyPairSync('ed25519')
    const key = new Uint8Array(Buffer.from(privateKey.export({ format: 'jwk' }).x!, 'base64url'))
    const signature = cosignatureBytes(1, sign(null, Buffer.from(cosignedText(text, 1)), privateKey))
    const keyId = keyIdOf(sha256, name, key, KEY_TYPE.cosignature)
    return {
      key: noteKeyText(name, { keyId, type: KEY_TYPE.cosignature, key }),
      line: signatureLine({ name, keyId, signature }),
    }
  })
  const head = certificate.head! + witnesses.map(({ line }) => line).join('')
  return { ...certificate, head, witnesses: witnesses.map(({ key }) => key) }
}

promise('all script that the page begins with is at most 30 KB gzip', async (page) => {
  const sources = await page.$$eval('script', (nodes) => nodes.map((node) => (node as HTMLScriptElement).src))
  let bytes = 0
  for (const source of sources)
    bytes += Bun.gzipSync(await (await fetch(source)).bytes(), { level: 9 }).length
  console.log(`the page's script: ${bytes} bytes gzip`)
  expect(sources.length).toBeGreaterThan(0)
  expect(bytes).toBeLessThanOrEqual(SCRIPT_BYTES_MAX)
})
