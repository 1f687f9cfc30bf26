import { expect } from 'bun:test'
import { readFile } from 'node:fs/promises'
import { parquetReadObjects } from 'hyparquet'
import type { Browser } from 'playwright-core'
import { tokenOf, type Voting } from '../polls/voting.ts'
import { browserTests, DESKTOP, openWindow } from './chromium.ts'
import { labelled, says } from './names.ts'

const MISCHIEF = `"'><img src=/mischief onerror="window.mischief=1"><svg onload=window.mischief=1>`
const SCREENS = ['desk', 'prepare', 'moderation', 'integrity', 'after']

let roar: Voting
let browser: Browser
const browserTest = browserTests(async (...started) => {
  ;[roar, browser] = started
  await roar.produce('POST', '/packs', { pack: 'odd', title: MISCHIEF })
  await roar.produce('PUT', '/packs/odd/stickers/odd', {
    title: MISCHIEF,
    emoji: '👷',
    keywords: [MISCHIEF.slice(0, 64)],
  })
  const segments = [{ segment: 'home', title: MISCHIEF }]
  await roar.produce('POST', '/shows', {
    show: 'odd',
    title: MISCHIEF,
    packs: ['odd'],
    segments,
    rules: { text: true },
  })
  await roar.produce('POST', '/shows/odd/start')
  const choices = ['a', 'b'].map((choice) => ({ choice, title: choice + MISCHIEF }))
  await roar.produce('POST', '/shows/odd/polls', {
    poll: 'odd',
    question: MISCHIEF,
    choices,
    visibility: 'live',
  })
  await roar.produce('POST', '/shows/odd/polls/odd/open')
  await roar.produce('PUT', '/shows/odd/pin', { text: MISCHIEF })
})

/** What the page itself reports: whether injected markup became an element, and whether it caused a request. */
const MADE =
  '[...document.querySelectorAll("[src*=mischief], [onerror], [onload]")].map((each) => each.outerHTML)'

browserTest(
  'words of producers and viewers are words on every screen, whatever markup is in them',
  async () => {
    const viewer = tokenOf('odd', { name: MISCHIEF.slice(0, 60), role: 'producer' })
    for (const path of [
      '/?show=odd',
      '/overlay/odd',
      ...SCREENS.map((screen) => `/studio/shows/odd/${screen}`),
    ]) {
      const { page, close } = await openWindow(browser, `${roar.url}/stickers/six.svg`, DESKTOP)
      await page.evaluate((kept) => sessionStorage.setItem('roar-studio-token', kept), viewer)
      const asked: string[] = []
      page.on('request', (request) => void asked.push(new URL(request.url()).pathname))
      await page.goto(roar.url + path)
      await page.waitForSelector('text=onerror', { state: 'attached' })
      const body = { sticker: 'odd', text: MISCHIEF.slice(0, 100) }
      await roar.request('POST', '/v1/shows/odd/posts', viewer, body)
      if (!path.startsWith('/studio'))
        await page.waitForSelector('[class*=feed] >> text=onerror', { state: 'attached' })
      expect([path, await page.evaluate('window.mischief'), await page.evaluate(MADE)]).toEqual([
        path,
        undefined,
        [],
      ])
      expect(asked).not.toContain('/mischief')
      await close()
    }
  },
)

browserTest(
  'names of people, keys and webhooks are words on their screens, and exports come as files in which none is a formula',
  async () => {
    const link = await roar.things.people!.ownersLink('further', 'a test')
    const { page, close } = await openWindow(browser, `${roar.url}/studio/welcome#token=${link}`, DESKTOP)
    const name = '=1+1<img src=/mischief onload=x>'
    await labelled(page, 'Your name').fill(name)
    await labelled(page, 'E-mail').fill('olga@stadium.example')
    await labelled(page, 'Password').fill('five words that nobody says')
    await page.click('button:text-is("Begin")')
    await says(page.locator('.show-row'), 'onerror')
    const made = await page.evaluate(
      async (bodies) => {
        const answers = bodies.map(async ([path, body]) => {
          const answer = await fetch(`/v1/studio/${path}`, { method: 'POST', body: JSON.stringify(body) })
          return (await answer.json()) as { secret?: string }
        })
        return Promise.all(answers)
      },
      [
        ['api-keys', { name, scopes: ['producer'] }],
        ['webhooks', { url: 'https://hooks.example/"><img/src=/mischief>', show: 'odd' }],
      ] as const,
    )
    await roar.request('PATCH', '/v1/studio/shows/odd/switches', made[0]!.secret, { feed: 'slow' })
    for (const [path, there] of [
      ['people', 'text=onload'],
      ['api-keys', 'text=onload'],
      ['webhooks', '.webhook >> text=onerror'],
      ['shows/odd/desk', '.log-list >> text=onload'],
    ]) {
      await page.goto(`${roar.url}/studio/${path}`)
      await page.waitForSelector(there!)
      expect([path, await page.evaluate('window.mischief'), await page.evaluate(MADE)]).toEqual([
        path,
        undefined,
        [],
      ])
    }
    await page.goto(`${roar.url}/studio/shows/odd/after`)
    const exported = async (format: string) => {
      const file = page.waitForEvent('download')
      await page.click(`button:has-text("${format}")`)
      expect((await file).suggestedFilename()).toBe(`odd.${format.toLowerCase()}`)
      return readFile(await (await file).path())
    }
    expect(String(await exported('CSV'))).toContain(`,"'${name}, API key`)
    const names = (rows: Record<string, unknown>[]) => rows.map(({ who }) => String(who))
    const isKey = expect.stringContaining(name)
    expect(names(JSON.parse(String(await exported('JSON'))))).toContainEqual(isKey)
    const file = new Uint8Array(await exported('Parquet')).buffer
    expect(names(await parquetReadObjects({ file }))).toContainEqual(isKey)
    await close()
  },
)
