import { expect } from 'bun:test'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import type { GuestAnswer } from '../../protocol/packets.ts'
import {
  browserTests,
  DESKTOP,
  drawn,
  live,
  openWindow,
  PHONE,
  pressDuring,
  tap,
} from '../../test/browser/chromium.ts'
import { tokenOf, type Voting } from '../../test/polls/voting.ts'
import { until } from '../../test/until.ts'

let roar: Voting
let browser: Browser

const browserTest = browserTests((...started) => {
  ;[roar, browser] = started
})

browserTest('a viewer who comes later sees what was posted before', async () => {
  const guest = await roar.request('POST', '/v1/viewers', undefined, { name: 'Ada Quill' })
  const { token } = (await guest.json()) as GuestAnswer
  expect((await roar.request('POST', '/v1/shows/final/posts', token, { sticker: 'six' })).status).toBe(202)
  const feed = async () => (await roar.request('GET', '/v1/shows/final/feed')).text()
  await until(feed, (text) => text.includes('Ada Quill'))
  const { page, faults, close } = await openWindow(browser, 'about:blank')
  const slow = Promise.withResolvers<void>()
  await page.route('**/v1/shows/final/feed', async (route) => {
    await slow.promise
    await route.continue()
  })
  await page.goto(roar.url)
  await live(page)
  // Until it is known nobody says that there is none.
  expect(await page.locator('.feed-empty').isVisible()).toBe(false)
  slow.resolve()
  await page.waitForSelector('#posts :text("Ada Quill")')
  expect(await page.locator('.feed-empty').isVisible()).toBe(false)
  expect(faults).toEqual([])
  await close()
})

browserTest('what is loaded while a rehearsal is wiped brings none of its posts back', async () => {
  await roar.produce('POST', '/shows', { show: 'practice', title: 'Practice', rehearsal: true })
  const postTo = async (name: string) => {
    const token = tokenOf(name, { name })
    expect((await roar.request('POST', '/v1/shows/practice/posts', token, { sticker: 'heart' })).status).toBe(
      202,
    )
  }
  await postTo('Wiped')
  const earlier = async () => (await roar.request('GET', '/v1/shows/practice/feed')).text()
  await until(earlier, (text) => text.includes('Wiped'))
  const { page, close } = await openWindow(browser, 'about:blank')
  const [wiped, loaded] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  await page.route('**/v1/shows/practice/feed', async (route) => {
    const response = await route.fetch()
    await wiped.promise
    await route.fulfill({ response })
    loaded.resolve()
  })
  await page.goto(`${roar.url}/?show=practice`)
  await live(page)
  await postTo('Gone')
  await page.waitForSelector('#posts .post-name:text-is("Gone")')
  await roar.produce('POST', '/shows/practice/wipe')
  await page.waitForSelector('#posts .post-name:text-is("Gone")', { state: 'detached' })
  wiped.resolve()
  await loaded.promise
  await postTo('New')
  await page.waitForSelector('#posts .post-name:text-is("New")')
  expect(await page.locator('#posts .post-name:text-is("Wiped")').count()).toBe(0)
  await close()
})

const setRules = (rules: object) => roar.produce('PATCH', '/shows/final', { rules })
const setSwitches = (switches: object) => roar.produce('PATCH', '/shows/final/switches', switches)
const postAs = async (name: string, post: object) => {
  const response = await roar.request('POST', '/v1/shows/final/posts', tokenOf(name, { name }), post)
  expect(response.status).toBe(202)
  return ((await response.json()) as { post: { id: string } }).post.id
}

browserTest('who begins to post while the show changes is asked for a name', async () => {
  const { page, close } = await openWindow(browser, roar.url)
  await live(page)
  await pressDuring(page, '.composer-arm .composer-words', async () => {
    await roar.produce('PATCH', '/shows/final', { title: 'Changed meanwhile' })
    await page.waitForSelector('#title:text-is("Changed meanwhile")')
  })
  await page.waitForSelector('.composer-form:visible input:focus')
  await close()
})

browserTest(
  'who presses a post reads that one, though it is repeated and others come meanwhile',
  async () => {
    await setRules({ text: true, postEveryMs: 0 })
    const [{ page, faults, close }, other] = await Promise.all([
      openWindow(browser, roar.url, PHONE),
      openWindow(browser, roar.url, PHONE),
    ])
    for (const each of [page, other.page]) await live(each)
    /** It would be on the screen: another's has it. */
    const arrived = async (name: string) => {
      await other.page.waitForSelector(`#posts .post-name:text-is("${name}")`)
      await drawn(page)
    }
    // As many as make the list move at each further one.
    for (let i = 0; i < 8; i++) {
      await postAs('Crowd', { text: `Post ${i}` })
      await page.waitForSelector(`#posts .post:has-text("Post ${i}")`)
    }
    await postAs('Fay', { sticker: 'six' })
    const last = page.locator('#posts .post').last()
    await last.locator('.post-name:text-is("Fay")').waitFor()
    const row = '#posts .post:has(.post-name:text-is("Fay"))'
    await pressDuring(page, `${row} .post-words`, async () => {
      await postAs('Fay', { sticker: 'six' })
      await postAs('Gus', { text: 'Now' })
      await arrived('Gus')
    })
    await page.waitForSelector(`${row}[aria-current="true"]:has(.post-times:text("2")):has(.post-reply)`)
    // A press that ends elsewhere reads nothing, and what came meanwhile is there.
    await page.keyboard.press('Escape')
    await page.waitForSelector('#posts .post:has(.post-name:text-is("Gus"))')
    await pressDuring(page, `${row} .post-words`, async () => {
      await postAs('Hal', { text: 'Now' })
      await arrived('Hal')
      await page.mouse.move(0, 0)
    })
    await last.locator('.post-name:text-is("Hal")').waitFor()
    expect(await page.isVisible('#posts .feed-more')).toBe(false)
    expect(faults).toEqual([])
    await other.close()
    await close()
  },
)

/** A promise about a page whose viewer has a name and may write. */
function promise(name: string, body: (page: Page) => Promise<void>, options = DESKTOP): void {
  browserTest(name, async () => {
    await setRules({ text: true, postEveryMs: 0 })
    await setSwitches({ feed: 'on' })
    const { page, close } = await openWindow(browser, roar.url, options)
    await live(page)
    await page.click('.composer-arm')
    await page.fill('.composer-form:visible input', 'Mira')
    await page.keyboard.press('Enter')
    await page.waitForSelector('.composer-text:focus')
    await body(page)
    await close()
  })
}

promise(
  'a text is posted by Enter, alone or with the sticker that is picked next, at once and marked',
  async (page) => {
    await page.keyboard.type('What a <b>hit</b> שלום')
    await page.keyboard.press('Enter')
    const own = page.locator('.post[data-own]')
    expect(await own.locator('.post-text').textContent()).toBe('What a <b>hit</b> שלום')
    await page.waitForSelector('.post[data-own="sent"]')
    await page.fill('.composer-text', 'Over the stands')
    await page.click('.composer-arm')
    await tap(page, '[data-sticker="six"]')
    await page.waitForSelector(
      '.post[data-own="sent"]:has(.sticker-icon) .post-text:text-is("Over the stands")',
    )
    expect(await own.count()).toBe(2)
    expect(await page.inputValue('.composer-text')).toBe('')
  },
)

promise('what is left is counted as people count, and what is too long waits', async (page) => {
  await page.fill('.composer-text', '👍🏽'.repeat(139))
  expect(await page.textContent('.composer-left .unseen')).toBe('1 character left')
  await page.fill('.composer-text', '👍🏽'.repeat(142))
  expect(await page.textContent('.composer-left .unseen')).toBe('2 characters too many')
  await page.press('.composer-text', 'Enter')
  expect(await page.locator('.post[data-own]').count()).toBe(0)
})

promise('what is posted while another tab is open is there when this one is opened again', async (page) => {
  const open = (isOpen: boolean) =>
    page.$eval('#posts', (node, isOpen) => node.toggleAttribute('hidden', !isOpen), isOpen)
  await open(false)
  // What watches for the end is told after a frame.
  await page.evaluate(
    () =>
      new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve)))),
  )
  await postAs('Beside', { sticker: 'six' })
  await page.waitForSelector('#posts .post:has-text("Beside")', { state: 'attached' })
  await open(true)
  await page.waitForSelector('#posts .post:has-text("Beside")')
  expect(await page.isVisible('#posts .feed-more')).toBe(false)
})

promise(
  'who comes back to the page, also by its cache for the back button, sees what was posted meanwhile and nothing that was removed',
  async (page) => {
    const [gone, mistaken] = [
      await postAs('Rude', { text: 'rude' }),
      await postAs('Mistaken', { text: 'not rude' }),
    ]
    await page.waitForSelector('.post-name:text-is("Mistaken")')
    await roar.produce('DELETE', `/shows/final/posts/${mistaken}`)
    await page.waitForSelector('.post-name:text-is("Mistaken")', { state: 'detached' })
    const leave = async () => {
      await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })))
      await page.waitForSelector('.dot:not([data-state="live"])')
    }
    const comeBack = () =>
      page.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })))
    await leave()
    await roar.produce('DELETE', `/shows/final/posts/${gone}`)
    await roar.produce('POST', `/shows/final/posts/${mistaken}/release`)
    const feed = async () => (await roar.request('GET', '/v1/shows/final/feed')).text()
    await postAs('Meanwhile', { sticker: 'six' })
    await until(
      feed,
      (text) => text.includes('Meanwhile') && text.includes('Mistaken') && !text.includes('"rude"'),
    )
    // The answer is slow: a packet that removes a post before it comes is newer, and it releases none.
    const asked = Promise.withResolvers<() => Promise<() => Promise<void>>>()
    await page.route(
      '**/v1/shows/final/feed',
      (route) =>
        asked.resolve(async () => {
          const response = await route.fetch()
          return () => route.fulfill({ response })
        }),
      { times: 1 },
    )
    await comeBack()
    const answer = await asked.promise
    const last = await postAs('Last', { sticker: 'six' })
    await page.waitForSelector('.post-name:text-is("Last")')
    const comes = await answer()
    await roar.produce('DELETE', `/shows/final/posts/${last}`)
    await page.waitForSelector('.post-name:text-is("Last")', { state: 'detached' })
    await postAs('Afterwards', { sticker: 'six' })
    await page.waitForSelector('.post-name:text-is("Afterwards")')
    await comes()
    await page.waitForSelector('.post-name:text-is("Meanwhile")')
    await page.waitForSelector('.post-name:text-is("Rude")', { state: 'detached' })
    const mine = ['Rude', 'Mistaken', 'Meanwhile', 'Last', 'Afterwards']
    const shown = async () =>
      (await page.locator('#posts .post-name').allTextContents()).filter((name) => mine.includes(name))
    expect(await shown()).toEqual(['Meanwhile', 'Afterwards'])
    await leave()
    await comeBack()
    await page.waitForSelector('.post-name:text-is("Mistaken")')
    expect(await shown()).toEqual(['Mistaken', 'Meanwhile', 'Afterwards'])
  },
)

promise('a slow feed counts down to the next post, and says so', async (page) => {
  await setSwitches({ feed: 'slow' })
  await page.waitForFunction(
    async () => (await (await fetch('v1/shows/final')).json()).switches?.feed === 'slow',
  )
  await page.fill('.composer-text', 'one')
  await page.press('.composer-text', 'Enter')
  await page.waitForSelector('.post[data-own="sent"]')
  await page.fill('.composer-text', 'two')
  await page.press('.composer-text', 'Enter')
  await page.waitForSelector('.composer-left .unseen:text-matches("Next post in [0-9]+ s")')
  expect(await page.inputValue('.composer-text')).toBe('two')
})

promise('a text that would go with a sticker too early is written again', async (page) => {
  await setRules({ text: true, postEveryMs: 600_000 })
  await page.waitForFunction(
    async () => (await (await fetch('v1/shows/final')).json()).rules?.postEveryMs === 600_000,
  )
  await page.fill('.composer-text', 'one')
  await page.press('.composer-text', 'Enter')
  await page.waitForSelector('.post[data-own="sent"]')
  await page.fill('.composer-text', 'two')
  await page.press('.composer-text', 'Enter')
  await page.waitForSelector('.composer-left .unseen:text-matches("Next post in [0-9]+ s")')
  await page.locator('[data-sticker="six"]').dispatchEvent('pointerdown', { button: 0, pointerId: 7 })
  await page.click('.large-post')
  await page.waitForSelector('.composer-note:text-matches("Next post in [0-9]+ s")')
  expect(await page.inputValue('.composer-text')).toBe('two')
})

promise('a text that a producer no longer lets through is given back, with the reason', async (page) => {
  await page.route('**/posts', (route) =>
    route.fulfill({
      status: 409,
      json: { type: 'urn:roar:error:text_off', code: 'text_off', detail: 'texts are switched off' },
    }),
  )
  await page.fill('.composer-text', 'hello')
  await page.press('.composer-text', 'Enter')
  await page.waitForSelector('.composer-note:has-text("Texts are switched off")')
  expect(await page.inputValue('.composer-text')).toBe('hello')
  expect(await page.locator('.post[data-own="failed"]').count()).toBe(1)
})

promise(
  'somebody is hidden by the keyboard and shown again, a removed post leaves until it is released, and a long word wraps',
  async (page) => {
    const id = await postAs('eve', { text: `rude ${'ha'.repeat(60)}` })
    await page.waitForSelector('.post-name:text-is("eve")')
    const [fits, dir] = await page.$eval('.feed-scroll', (node) => [
      node.scrollWidth <= node.clientWidth,
      getComputedStyle(node.querySelector('.post-text')!).unicodeBidi,
    ])
    expect([fits, dir]).toEqual([true, 'isolate'])
    await page.focus('.feed-scroll')
    await page.keyboard.press('ArrowUp')
    while (!(await page.isVisible('.post[aria-current]:has-text("eve")')))
      await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.waitForSelector('.post-name:text-is("eve")', { state: 'detached' })
    await page.click('.feed-hidden')
    await postAs('eve', { sticker: 'six' })
    await page.waitForSelector('.post-name:text-is("eve")')
    const other = await postAs('eve', { text: 'again' })
    await page.waitForSelector('.post-text:text-is("again")')
    for (const gone of [id, other]) await roar.produce('DELETE', `/shows/final/posts/${gone}`)
    await page.waitForSelector('.post-text:text-is("again")', { state: 'detached' })
    await postAs('eve', { text: 'later' })
    await page.waitForSelector('.post-text:text-is("later")')
    await roar.produce('POST', `/shows/final/posts/${other}/release`)
    await page.waitForSelector('.post:has-text("again") + .post:has-text("later")')
  },
  PHONE,
)

/** With SCREENS=folder it is kept as a picture, to be looked at. */
async function picture(page: Page, name: string): Promise<void> {
  const { SCREENS } = process.env
  if (SCREENS === undefined) return
  mkdirSync(SCREENS, { recursive: true })
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.screenshot({ path: join(SCREENS, `${name}-${colorScheme}.png`) })
  }
}
const answers = (from: string, to: string) =>
  `.post:has(.post-name:text-is("${from}")):has(.post-to bdi:text-is("${to}"))`

promise(
  'a post is answered by a sticker with two presses, at once, and names nobody once that post is removed',
  async (page) => {
    const asked = await postAs('Ada', { text: 'Was that out?' })
    await page.click('.post-text:text-is("Was that out?")')
    const inSight = () =>
      page.$eval('.post-reply', (node) => {
        const { bottom } = node.closest('.feed-scroll')!.getBoundingClientRect()
        return node.getBoundingClientRect().bottom <= bottom + 1
      })
    expect(await inSight()).toBe(true)
    await picture(page, 'reply-offered')
    await page.click('.post-reply:text-is("Reply to \u2068Ada\u2069")')
    expect(await page.textContent('.composer-words')).toBe('Pick a sticker to reply to \u2068Ada\u2069')
    await picture(page, 'reply-armed')
    await tap(page, '[data-sticker="six"]')
    await page.waitForSelector(`${answers('Mira', 'Ada')}[data-own]`)
    await page.waitForSelector(`${answers('Mira', 'Ada')}[data-own="sent"]`)
    expect(await page.textContent(`${answers('Mira', 'Ada')} .unseen`)).toBe('in reply to \u2068Ada\u2069')
    await postAs('Ben', { sticker: 'heart', replyTo: asked })
    await postAs('Ben', { text: 'so close', replyTo: asked })
    await page.waitForSelector(`${answers('Ben', 'Ada')}:has-text("so close")`)
    await picture(page, 'reply-shown')
    expect(await page.$eval('.feed', (node) => node.scrollLeft)).toBe(0)
    // The next sticker is a reaction again.
    expect(await page.getAttribute('.stickers', 'data-mode')).toBe('react')
    await roar.produce('DELETE', `/shows/final/posts/${asked}`)
    await page.waitForSelector('.post-text:text-is("Was that out?")', { state: 'detached' })
    await page.waitForSelector('.post-to', { state: 'detached' })
    expect(await page.locator('.post[data-own="sent"]').count()).toBe(1)
  },
  PHONE,
)

promise(
  'a post is answered by the keyboard alone, and Escape leaves it unanswered',
  async (page) => {
    await postAs('Cleo', { text: 'Any answers?' })
    await page.waitForSelector('.post-text:text-is("Any answers?")')
    const reply = async () => {
      await page.focus('.feed-scroll')
      await page.keyboard.press('ArrowUp')
      while (!(await page.isVisible('.post[aria-current]:has-text("Any answers?")')))
        await page.keyboard.press('ArrowUp')
      await page.focus('.post[aria-current]')
      for (const _ of ['hide', 'reply']) await page.keyboard.press('Tab')
      expect(await page.locator('.post-reply:focus').count()).toBe(1)
      await page.keyboard.press('Enter')
      await page.waitForSelector('.sticker:focus')
    }
    await reply()
    await page.keyboard.press('Escape')
    expect(await page.getAttribute('.stickers', 'data-mode')).toBe('react')
    await reply()
    await page.keyboard.press('Enter')
    await page.waitForSelector(`${answers('Mira', 'Cleo')}[data-own="sent"]`)
    expect(await page.locator('.post-to').count()).toBe(1)
  },
  PHONE,
)

promise(
  'the button for what is new does not lie over what can be done with a chosen post',
  async (page) => {
    // Enough for the rows to scroll.
    for (let i = 0; i < 12; i++) await postAs(`eva${i}`, { text: `before ${i}` })
    // Not each of so many is shown: a phone has few rows.
    await page.locator('.post:has-text("before")').last().click()
    await postAs('fay', { text: 'newer' })
    await page.waitForSelector('#posts .feed-more:visible')
    const [more, acts] = await Promise.all(
      ['.feed-more', '.post-acts'].map((part) => page.locator(`#posts ${part}`).boundingBox()),
    )
    expect(more!.y + more!.height).toBeLessThanOrEqual(acts!.y)
  },
  PHONE,
)

promise('a row that is read with the keyboard stays, whatever changes in the show', async (page) => {
  await postAs('ida', { text: 'read me' })
  await page.waitForSelector('.post-text:text-is("read me")')
  await page.focus('.feed-scroll')
  await page.keyboard.press('ArrowUp')
  const mark = () => page.evaluate(() => ((document.activeElement as HTMLElement).dataset.marked = 'yes'))
  await mark()
  await roar.produce('PATCH', '/shows/final', { title: 'The last one' })
  await page.waitForSelector('#title:text-is("The last one")')
  expect(await page.locator('.post[data-marked]:focus:has-text("read me")').count()).toBe(1)
  await page.keyboard.press('Tab')
  await mark()
  await roar.produce('PATCH', '/shows/final', { language: 'de' })
  await page.waitForSelector('html[lang="de"] .composer-rename[aria-label="Namen ändern"]')
  expect(await page.locator('.post:has-text("read me") .post-hide:not([data-marked]):focus').count()).toBe(1)
  await roar.produce('PATCH', '/shows/final', { title: 'Final', language: 'en' })
})

promise(
  'the page speaks the language of its show, from right to left where that is its way',
  async (page) => {
    await roar.produce('PATCH', '/shows/final', { language: 'ar' })
    await page.waitForSelector('html[dir="rtl"] .dot[data-state="live"] + :text-is("مباشر")')
    expect(await page.getAttribute('.composer-text', 'placeholder')).toContain('قل شيئًا')
    await roar.produce('PATCH', '/shows/final', { language: 'de' })
    await page.waitForSelector('html[lang="de"] .composer-rename[aria-label="Namen ändern"]')
    await roar.produce('PATCH', '/shows/final', { language: 'en' })
  },
)
