import { expect } from 'bun:test'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { browserTests, DESKTOP, live, openWindow, PHONE, tap } from '../../test/browser/chromium.ts'
import type { Voting } from '../../test/polls/voting.ts'
import { votingClient } from '../../test/polls/voting.ts'

/** With SCREENS=folder each state is kept as a picture, to be looked at. */
const SCREENS = process.env.SCREENS

/** Two shows in scripts of their own: a Latin letter on their pages is a word that nobody has translated. */
const SHOWS = {
  ar: { title: 'النهائي', home: 'الفوانيس', away: 'الطيور', six: 'ستة', drum: 'طبلة', ann: 'آن', ben: 'بن' },
  hi: { title: 'फ़ाइनल', home: 'लालटेन', away: 'पतंग', six: 'छक्का', drum: 'ढोल', ann: 'ऐन', ben: 'बेन' },
} as const
type Language = keyof typeof SHOWS

let roar: Voting
let browser: Browser
const browserTest = browserTests(async (...started) => {
  ;[roar, browser] = started
  for (const language of Object.keys(SHOWS) as Language[]) await makeShow(language)
})

async function makeShow(language: Language): Promise<void> {
  const { title, home, away, six, drum } = SHOWS[language]
  await roar.produce('POST', '/packs', { pack: language, title })
  for (const [sticker, name, emoji] of [
    ['six', six, '6️⃣'],
    ['drum', drum, '🥁'],
  ])
    await roar.produce('PUT', `/packs/${language}/stickers/${sticker}`, { title: name, emoji })
  await roar.produce('POST', '/shows', {
    ...{ show: language, title, language, packs: [language], bar: ['six'], sides: ['home', 'away'] },
    segments: [
      { segment: 'home', title: home },
      { segment: 'away', title: away },
    ],
    rules: { guests: true, posts: true, text: true },
  })
  await roar.produce('POST', `/shows/${language}/start`)
}

/** Every text that is on the page, seen or heard or not yet, that has two Latin letters in a row. */
const latinOn = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    // The name of the product, a certificate's code, and a link are the same everywhere.
    const same = '.brand, .poll-code, .room-link, script, style, noscript, [data-evidence]'
    const texts: string[] = []
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (walker.nextNode())
      if (!walker.currentNode.parentElement!.closest(same)) texts.push(walker.currentNode.textContent!)
    for (const node of document.body.querySelectorAll('*'))
      for (const name of ['aria-label', 'title', 'placeholder', 'alt'])
        texts.push(node.closest(same) ? '' : (node.getAttribute(name) ?? ''))
    return texts.filter((text) =>
      /[A-Za-z]{2}/.test(text.replace(/Ed25519|https|roar verify( --recount)?/g, '')),
    )
  })

for (const [language, screen, options] of [
  ['ar', 'phone', PHONE],
  ['hi', 'desktop', DESKTOP],
] as const) {
  const own = SHOWS[language]
  browserTest(`no English is left on the page of a show in ${language}, ${screen}`, async () => {
    const { page, close } = await openWindow(browser, `${roar.url}/?show=${language}`, options)
    await live(page)
    await page.waitForSelector('.sticker')
    const english: [string, string[]][] = []
    const look = async (state: string): Promise<void> => {
      const left = await latinOn(page)
      if (left.length > 0) english.push([state, left])
      if (SCREENS === undefined) return
      mkdirSync(SCREENS, { recursive: true })
      for (const colorScheme of ['dark', 'light'] as const) {
        await page.emulateMedia({ colorScheme })
        await page.screenshot({ path: join(SCREENS, `${language}-${screen}-${state}-${colorScheme}.png`) })
      }
    }
    await look('start')
    await page.click('[data-segment="home"]')
    await tap(page, '.sticker[data-sticker="six"]')
    await look('mood')
    await page.click('.sticker-all')
    await page.waitForSelector('.sheet-sticker')
    await look('stickers')
    await page.fill('.sheet-query', '؟')
    await look('no-sticker')
    await page.fill('.sheet-query', own.six)
    await page.locator('.sheet-sticker').first().press('Shift+Enter')
    await page.waitForSelector('.large[open]')
    await look('large')
    await page.keyboard.press('Escape')
    await page.click('.sheet-close')

    await page.click('.composer-arm')
    await look('naming')
    await page.fill('.composer-input', own.ann)
    await page.keyboard.press('Enter')
    await page.fill('.composer-text', own.ben.repeat(70))
    await look('too-long')
    await page.fill('.composer-text', own.ben)
    await page.keyboard.press('Enter')
    await page.waitForSelector('.post[data-own="sent"]')
    await look('posted')
    // A composer in use is never under a poll.
    await page.locator('.composer-text').blur()

    await lookAtPolls({ page, look, language, screen, own })

    await page.click('.room-start')
    await page.waitForSelector('.room-link')
    await look('room-sheet')
    await page.click('.room-close')
    await look('room')
    expect(english).toEqual([])
    await close()
  })
}

async function lookAtPolls({
  page,
  look,
  language,
  screen,
  own,
}: {
  page: Page
  look(state: string): Promise<void>
  language: Language
  screen: string
  own: (typeof SHOWS)[Language]
}): Promise<void> {
  const show = votingClient(roar.url)
  const act = (poll: string, action: string) =>
    show.produce('POST', `/shows/${language}/polls/${poll}/${action}`)
  const create = (rules: object) => show.produce('POST', `/shows/${language}/polls`, rules)
  const choices = [
    { choice: 'ann', title: own.ann },
    { choice: 'ben', title: own.ben },
  ]
  const rules = { question: `${own.title}؟`, choices, visibility: 'voted', change: true, voters: 'guests' }
  const [points, one] = [`points-${screen}`, `one-${screen}`]
  await create({ ...rules, poll: points, kind: 'points', max: 3 })
  await act(points, 'open')
  await page.waitForSelector('[data-choice="ann"] .choice-step:visible')
  await look('poll-points')
  await act(points, 'close')
  await page.waitForSelector('.poll[data-state="closed"]')
  await look('poll-closed')

  await create({ ...rules, poll: one, kind: 'one' })
  await act(one, 'open')
  await page.click('[data-choice="ann"] .choice-input')
  await look('poll-open')
  await page.click('.poll-vote')
  await page.waitForSelector('.poll[data-vote="in"] .choice-percent:visible')
  await page.waitForSelector('.poll-actions button:nth-child(2):visible')
  await look('poll-voted')
  await page.click('.poll-actions button:nth-child(2)')
  await page.waitForSelector('.poll-verdict:visible')
  await look('poll-checked')
  for (const [action, state] of [
    ['close', 'closed'],
    ['reveal', 'revealed'],
    ['seal', 'sealed'],
  ] as const) {
    await act(one, action)
    await page.waitForSelector(`.poll[data-state="${state}"]`)
    if ((await page.getAttribute('.poll:visible', 'data-folded')) === 'true') await page.click('.poll-fold')
    await look(`poll-${state}`)
  }
  await page.click('.poll-actions button:nth-child(2)')
  await page.waitForSelector('[data-verdict="verified"]:visible')
  await look('poll-verified')
  await page.click('.poll-actions button:nth-child(3)')
  await page.waitForSelector('[data-verdict^="recount"]:visible')
  await look('poll-recount')
  await page.click('.poll-fold')
}

browserTest('no English is left in the recap of a show in another language', async () => {
  const { page, close } = await openWindow(browser, `${roar.url}/?show=hi`, PHONE)
  await live(page)
  await tap(page, '.sticker[data-sticker="six"]')
  await page.waitForFunction(() => /[^0०]/.test(document.querySelector('.mood-total')!.textContent!))
  await roar.produce('POST', '/shows/hi/end')
  await page.click('.ribbon-last:has-text("आपकी झलकियाँ")')
  await page.waitForSelector('.recap-picture')
  expect(await latinOn(page)).toEqual([])
  await close()
})
