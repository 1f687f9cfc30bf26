import { expect } from 'bun:test'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import {
  browserTests,
  DESKTOP,
  drawn,
  live,
  MOVING,
  openWindow,
  PHONE,
  pressDuring,
  tap,
} from '../../test/browser/chromium.ts'
import { tokenOf } from '../../test/polls/voting.ts'

/** With SCREENS=folder each state is kept as a picture, to be looked at. */
const SCREENS = process.env.SCREENS
let server = ''
let browser: Browser
const browserTest = browserTests(
  async (roar, opened) => {
    server = roar.url
    browser = opened
  },
  // Three pages, one after another.
)

/** Somebody's page. */
async function open(name: string, options: BrowserContextOptions = DESKTOP, address = `${server}/`) {
  const opened = await openWindow(browser, 'about:blank', options)
  const { page } = opened
  if (name !== '') await page.context().addInitScript((name) => localStorage.setItem('roar.name', name), name)
  await page.goto(address)
  await live(page)
  return opened
}

const linkIn = (page: Page) => page.inputValue('.room-link')
const here = (page: Page, n: number) => page.waitForSelector(`.room-people:has-text("${n} here")`)
const postOf = (page: Page, name: string) =>
  page.waitForSelector(`#room-posts .post:has(.post-name:text("${name}"))`)
const closeSheet = async (page: Page) => {
  await page.click('.room-close')
  await page.waitForSelector('.room-sheet', { state: 'hidden' })
}
async function picture(page: Page, name: string): Promise<void> {
  if (SCREENS === undefined) return
  mkdirSync(SCREENS, { recursive: true })
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.screenshot({ path: join(SCREENS, `${name}-${colorScheme}.png`) })
  }
}
const post = async (page: Page, sticker: string) => {
  await page.click('.composer-arm')
  await tap(page, `.sticker-dock [data-sticker="${sticker}"]`)
}
const rename = async (page: Page, name: string) => {
  await page.click('.composer-rename')
  await page.fill('.composer-input', name)
  await page.click('.composer-save')
}
const friendsTaps = (page: Page) =>
  page.$$eval('.swarm', (swarms) => Number((swarms.at(-1) as HTMLElement).dataset.crowd))

browserTest(
  'a room of three: made with one press, joined by its link; posts, taps, and who is removed stays out',
  async () => {
    const ada = await open('Ada Quill', { ...DESKTOP, ...MOVING })
    await picture(ada.page, 'before-desktop')
    await ada.page.click('.room-start')
    const link = await ada.page.waitForSelector('.room-link').then(() => linkIn(ada.page))
    expect(link).toMatch(/#room=[a-z2-7]{26}\.[a-z2-7]{26}$/)
    expect(await ada.page.locator('.room-code svg path').count()).toBe(1)

    const ben = await open('Ben North', { ...PHONE, ...MOVING }, link)
    await ben.page.waitForSelector('.room-join')
    await picture(ben.page, 'invited-phone')
    await ben.page.click('.room-join .room-primary')
    // Somebody who has the page already follows the link there.
    const cat = await open('', PHONE)
    await cat.page.evaluate((followed) => {
      location.hash = new URL(followed).hash
    }, link)
    await cat.page.fill('.room-name', 'Cat')
    await cat.page.click('.room-join .room-primary')
    for (const { page } of [ada, ben, cat]) await here(page, 3)
    // The invitation is used: neither a reload nor a copied address asks again.
    expect(new URL(cat.page.url()).hash).toBe('')
    await picture(ada.page, 'sheet-desktop')
    await closeSheet(ada.page)

    await post(ada.page, 'six')
    for (const { page } of [ada, ben, cat]) await postOf(page, 'Ada Quill')
    await post(ben.page, 'cup')
    for (const { page } of [ada, cat]) await postOf(page, 'Ben North')
    // Nothing of it is in everybody's feed.
    expect(await ada.page.locator('#posts .post').count()).toBe(0)

    // Taps rise with friends, once, and not again where they were made.
    const own = await friendsTaps(ben.page)
    for (let i = 0; i < 3; i++) await tap(ben.page, '.sticker-dock [data-sticker="heart"]')
    await ada.page.waitForFunction(
      () => Number(([...document.querySelectorAll('.swarm')].at(-1) as HTMLElement).dataset.crowd) >= 3,
    )
    expect(await friendsTaps(ben.page)).toBe(own)
    await picture(ben.page, 'room-phone')
    await picture(ada.page, 'room-desktop')

    // The other tab counts what comes in the room meanwhile.
    await cat.page.click('.room-tab:has-text("Everyone")')
    await post(ben.page, 'fire')
    await cat.page.waitForSelector('.room-news:has-text("1 new")')
    await picture(cat.page, 'everyone-phone')
    // Of a narrow phone too, upright and on its side, no part of that line lies over another.
    for (const viewport of [
      { width: 320, height: 568 },
      { width: 568, height: 320 },
    ]) {
      await cat.page.setViewportSize(viewport)
      const parts = await cat.page.$$eval('.room-tab-words, .room-news, .room-people', (nodes) =>
        nodes.map((node) => node.getBoundingClientRect().toJSON() as DOMRect),
      )
      expect(parts.length).toBe(4)
      for (const [i, { left, width }] of parts.entries()) {
        expect(width).toBeGreaterThan(20)
        if (i > 0) expect(left).toBeGreaterThanOrEqual(parts[i - 1]!.right)
      }
    }
    await cat.page.setViewportSize(PHONE.viewport!)
    // Another comes in the middle of the press that leads back.
    await pressDuring(cat.page, '.room-tab .room-tab-words >> nth=1', async () => {
      await post(ben.page, 'fire')
      await cat.page.waitForSelector('.room-news:has-text("2 new")')
    })
    await cat.page.waitForSelector('.room-tab[aria-selected="true"]:has(.room-news)')

    await ada.page.click('.room-people')
    const remove = ada.page.locator('.room-member:has-text("Cat") .room-remove')
    // Another takes a new name in the middle of it.
    await pressDuring(ada.page, '.room-member:has-text("Cat") .room-remove', async () => {
      const read = ada.page.waitForResponse(
        async (response) =>
          response.url().includes('/rooms/') && (await response.text()).includes('Ben South'),
      )
      await rename(ben.page, 'Ben South')
      await read
      await drawn(ada.page)
    })
    await ada.page.waitForSelector('.room-member-name:text("Ben South")')
    await ada.page.waitForSelector('.room-remove[data-asked="true"]')
    await picture(ada.page, 'removing-desktop')
    await remove.click()
    await cat.page.waitForSelector('.composer-note:has-text("removed")')
    await cat.page.waitForSelector('.room-start:not([hidden])')
    for (const { page } of [ada, ben]) await here(page, 2)
    expect(await linkIn(ada.page)).not.toBe(link)
    await closeSheet(ada.page)
    // The old link lets nobody in, and a member is still one after a reload.
    await cat.page.goto('about:blank')
    await cat.page.goto(link)
    await cat.page.waitForSelector('.room-join')
    await cat.page.click('.room-join .room-primary')
    await cat.page.waitForSelector('.room-note:has-text("removed")')
    await ben.page.reload()
    await here(ben.page, 2)
    await post(ada.page, 'wicket')
    await postOf(ben.page, 'Ada Quill')
    for (const { page } of [ada, ben, cat]) expect(await page.title()).toContain('Roar')
    // Refusals are said to the page's console by the browser itself; nothing else went wrong.
    expect([...ada.faults, ...ben.faults, ...cat.faults].filter((fault) => !/40[34]/.test(fault))).toEqual([])
    for (const { close } of [ada, ben, cat]) await close()
  },
)

browserTest(
  'another name is another name in the room, and where the rule says so there is no way in',
  async () => {
    const { page, faults, close } = await open('Ada', PHONE)
    await page.click('.room-start')
    await here(page, 1)
    await closeSheet(page)
    await rename(page, 'Ada Quill')
    await page.click('.room-people')
    await page.waitForSelector('.room-member-name:text("Ada Quill")')
    await page.click('.room-leave')
    await page.waitForSelector('.room-start:not([hidden])')
    const rule = (rooms: boolean) =>
      fetch(`${server}/v1/studio/shows/final`, {
        method: 'PATCH',
        headers: { authorization: `Bearer ${tokenOf('pat', { role: 'producer' })}` },
        body: JSON.stringify({ rules: { rooms } }),
      })
    await rule(false)
    await page.waitForSelector('.room-start', { state: 'hidden' })
    await rule(true)
    expect(faults).toEqual([])
    await close()
  },
)
