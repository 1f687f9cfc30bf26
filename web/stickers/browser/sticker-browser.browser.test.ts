import { expect } from 'bun:test'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { browserTests, DESKTOP, live, MOVING, openWindow, PHONE } from '../../../test/browser/chromium.ts'
import type { Voting } from '../../../test/polls/voting.ts'

const COUNT = 512
/** Out of sight, and two rows more than are in it, are not fetched; those of the bar are. */
const FETCHED_MAX = 90
/** What may be made at one go, whatever the pack: by the press one row and the tabs, by a frame three rows and a heading. */
const MADE_MAX = { press: 45, frame: 80 }
/** Of the open sheet, to know how long its rows are, and of its rows, to give one of them the focus. */
const LAYOUTS_MAX = 2

let roar: Voting
let browser: Browser

const browserTest = browserTests(async (...started) => {
  ;[roar, browser] = started
  const stickers = Array.from({ length: COUNT }, (_, i) => ({
    sticker: `s-${i}`,
    title: i === 300 ? 'Élan' : `Sticker ${i}`,
    image: `/stickers/six.svg?${i}`,
    category: `Part ${i >> 7}`,
  }))
  await roar.things.store!.savePack({ pack: 'all', title: 'All', stickers, version: 1 }, { replaces: 0 })
  const bar = Array.from({ length: 12 }, (_, i) => `s-${i}`)
  await roar.produce('POST', '/shows', { show: 'big', title: 'Big', packs: ['all'], bar })
  await roar.produce('POST', '/shows/big/start')
})

function promise(
  name: string,
  body: (page: Page, fetched: () => string[]) => Promise<void>,
  options: BrowserContextOptions = DESKTOP,
): void {
  browserTest(name, async () => {
    const { page, faults, close } = await openWindow(browser, 'about:blank', options)
    const fetched: string[] = []
    page.on('request', (request) => fetched.push(new URL(request.url()).pathname))
    await page.goto(`${roar.url}/?show=big`)
    await live(page)
    await page.waitForSelector('.sticker')
    await body(page, () => fetched)
    expect(faults).toEqual([])
    await close()
  })
}

/** What Chromium tells of its work, times in microseconds. */
interface Traced {
  name: string
  tid: number
  ts: number
  dur: number
  args: { data?: { type?: string } }
}

const allThere = (page: Page) =>
  page.waitForFunction((count) => document.querySelectorAll('.sheet-sticker').length === count, COUNT)
const focused = (page: Page) =>
  page.evaluate(() => {
    const { className, dataset } = document.activeElement as HTMLElement
    return dataset.sticker ?? className
  })
const own = (page: Page) => page.$eval('.swarm', ({ dataset }: HTMLElement) => Number(dataset.own))

promise(
  'the bar is one row and one stop to Tab: arrows, Home and End go along it, a wheel moves it',
  async (page) => {
    const tops = await page.$$eval('.sticker', (nodes) =>
      nodes.map((node) => (node as HTMLElement).offsetTop),
    )
    expect([tops.length, new Set(tops).size]).toEqual([12, 1])
    expect(await page.locator('.sticker-row [tabindex="0"]').count()).toBe(1)
    await page.focus('.sticker')
    for (const [key, at] of [
      ['ArrowRight', 's-1'],
      ['End', 'sticker-all'],
      ['ArrowLeft', 's-11'],
      ['Home', 's-0'],
      // A browser's own way on.
      ['Alt+ArrowRight', 's-0'],
    ] as const) {
      await page.keyboard.press(key)
      expect(await focused(page)).toBe(at)
    }
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.activeElement!.closest('.sticker-row'))).toBeNull()
    await page.hover('.sticker')
    await page.mouse.wheel(0, 400)
    await page.waitForFunction(() => document.querySelector('.stickers')!.scrollLeft > 0)
  },
  { viewport: { width: 700, height: 900 } },
)

promise(
  'all of it by keyboard: open, search, tap, look at it large, keep it, close',
  async (page, fetched) => {
    // Its code is no part of what is there before the first tap.
    expect(fetched()).not.toContain('/sticker-browser.js')
    await page.focus('.sticker-all')
    await page.keyboard.press('Enter')
    await page.waitForSelector('.sheet:visible')
    expect(await focused(page)).toBe('sheet-query')
    await page.keyboard.type('elan')
    await page.waitForSelector('.sheet-said:text-is("1 sticker")')
    await page.keyboard.press('ArrowDown')
    expect(await focused(page)).toBe('s-300')
    await page.keyboard.press('Enter')
    expect(await own(page)).toBe(1)

    await page.keyboard.press('Shift+Enter')
    await page.waitForSelector('.large[open]')
    expect(await page.textContent('.large-title')).toBe('Élan')
    await page.click('.large-toggle:has-text("Favourite")')
    await page.click('.large-toggle:has-text("My bar")')
    await page.keyboard.press('Escape')
    expect(await focused(page)).toBe('s-300')
    await page.keyboard.press('Escape')
    expect([await focused(page), await page.isVisible('.sheet')]).toEqual(['sticker-all', false])
    // The last place of the bar is the viewer's, and after a reload too.
    expect(await page.locator('.sticker').last().getAttribute('data-sticker')).toBe('s-300')
    await page.reload()
    await page.waitForSelector('.sticker[data-sticker="s-300"]')
    await page.click('.sticker-all')
    await page.waitForSelector('.sheet-heading bdi:text-is("Recent")')
    await page.waitForSelector('.sheet-heading bdi:text-is("Favourites")')
  },
  { ...DESKTOP, ...MOVING },
)

promise('the grid says what it is, and arrows go over it', async (page) => {
  // A row that has room for all has nowhere to go.
  expect(await page.locator('.sticker-arrow:not([hidden])').count()).toBe(0)
  await page.click('.sticker-all')
  await page.waitForSelector('.sheet-sticker')
  const roles = await page.$$eval('.sheet-grid [role]', (nodes) => [
    ...new Set(
      nodes.map((node) => `${node.getAttribute('role')} in ${node.parentElement!.getAttribute('role')}`),
    ),
  ])
  expect(roles.sort()).toEqual(['gridcell in row', 'row in rowgroup', 'rowgroup in grid', 'rowheader in row'])
  expect(await page.locator('.sheet-grid [tabindex="0"]').count()).toBe(1)
  await page.keyboard.press('ArrowDown')
  const columns = Number(
    await page.$eval('.sheet-grid', (node: HTMLElement) => node.style.getPropertyValue('--columns')),
  )
  for (const [key, at] of [
    ['ArrowRight', 's-1'],
    ['ArrowDown', `s-${1 + columns}`],
    ['Home', `s-${columns}`],
    ['Control+End', `s-${COUNT - 1}`],
    ['Control+Home', 's-0'],
  ] as const) {
    await page.keyboard.press(key)
    expect(await focused(page)).toBe(at)
  }
})

promise(
  'the grid says how many rows it has before all are there, and a tab leads to any of them',
  async (page) => {
    const told = await page.evaluate(async () => {
      const all = document.querySelector<HTMLElement>('.sticker-all')!
      all.click()
      const sheet = await new Promise<Element>((resolve) => {
        const look = () => {
          const open = document.querySelector('.sheet:not([hidden])')
          if (open === null) setTimeout(look)
          else resolve(open)
        }
        look()
      })
      const told = sheet.querySelector('[role="grid"]')!.getAttribute('aria-rowcount')
      sheet.querySelector<HTMLElement>('.sheet-tab:last-child')!.click()
      return told
    })
    await page.waitForFunction(() => {
      const heading = document.querySelector('.sheet-group:last-child .sheet-heading')
      const top = document.querySelector('.sheet-scroll')!.getBoundingClientRect().top
      return heading?.textContent === 'Part 3' && Math.abs(heading.getBoundingClientRect().top - top) < 60
    })
    await allThere(page)
    const rows = await page.$$eval('.sheet-grid [role="row"]', (nodes) =>
      nodes.map((node) => Number(node.getAttribute('aria-rowindex'))),
    )
    expect(rows).toEqual(Array.from({ length: Number(told) }, (_, i) => i + 1))
  },
)

promise(
  'to open the sheet costs as much with 512 stickers as with those that are seen',
  async (page) => {
    // Its code comes with the first press; the frame after it applies its style, and it is opened after that.
    await page.evaluate(() => {
      let frames = 0
      const frame = () => {
        frames++
        requestAnimationFrame(frame)
      }
      new MutationObserver((records) => {
        const sheet = document.querySelector<HTMLElement>('.sheet')
        if (records.some(({ addedNodes }) => [...addedNodes].some((node) => node === sheet))) frame()
        if (sheet && !sheet.hidden) sheet.dataset.opened ??= String(frames)
      }).observe(document.body, { childList: true, subtree: true, attributeFilter: ['hidden'] })
    })
    await page.click('.sticker-all')
    await page.waitForSelector('.sheet:visible')
    // The first counts as it begins.
    expect(Number(await page.getAttribute('.sheet', 'data-opened'))).toBeGreaterThan(1)
    await page.click('.sheet-close')
    await page.evaluate(() => {
      const sheet = document.querySelector<HTMLElement>('.sheet')!
      const turns: string[] = []
      let frames = 0
      const frame = () => {
        frames++
        requestAnimationFrame(frame)
      }
      // Told once a turn, of all that the turn has made.
      new MutationObserver((records) => {
        const added = records.flatMap(({ addedNodes }) => [...addedNodes] as HTMLElement[])
        const made = new Set(added.flatMap((node) => [node, ...(node.querySelectorAll?.('*') ?? [])]))
        if (turns.length === 0) requestAnimationFrame(frame)
        turns.push(`${made.size} after ${frames}`)
        sheet.dataset.turns = turns.join()
      }).observe(sheet, { childList: true, subtree: true })
    })
    await browser.startTracing(page, { categories: ['devtools.timeline'] })
    await page.click('.sticker-all')
    await allThere(page)
    const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: Traced[] }
    const press = traceEvents.find(
      ({ name, args }) => name === 'EventDispatch' && args.data?.type === 'click',
    )!
    const layouts = traceEvents.filter(
      ({ name, tid, ts }) =>
        name === 'Layout' && tid === press.tid && ts >= press.ts && ts <= press.ts + press.dur,
    )
    expect(layouts.length).toBeLessThanOrEqual(LAYOUTS_MAX)
    const turns = await page.$eval('.sheet', ({ dataset }: HTMLElement) =>
      dataset.turns!.split(',').map((turn) => turn.split(' after ').map(Number)),
    )
    const made = turns.map(([nodes]) => nodes!)
    expect(made[0]).toBeLessThanOrEqual(MADE_MAX.press)
    expect(Math.max(...made)).toBeLessThanOrEqual(MADE_MAX.frame)
    // The first frame has what the press made to lay out and paint, and nothing new.
    expect(turns[1]![1]).toBeGreaterThan(0)
  },
  { ...DESKTOP, ...MOVING },
)

promise(
  'on a phone pictures come as they come near, a finger that rests sees one large and posts it',
  async (page, fetched) => {
    await page.tap('.sticker-all')
    await page.waitForSelector('.sheet-sticker img')
    await page.waitForFunction(() => document.querySelector<HTMLImageElement>('.sheet-sticker img')!.complete)
    await allThere(page)
    expect(fetched().filter((path) => path === '/stickers/six.svg').length).toBeLessThan(FETCHED_MAX)
    const targets = await page.$$eval('.sheet button, .sheet input', (nodes) =>
      nodes
        .filter((node) => node.checkVisibility())
        .map((node) => node.getBoundingClientRect().toJSON() as DOMRect),
    )
    expect(targets.filter(({ width, height }) => Math.min(width, height) < 48)).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)

    await page.locator('.sheet-sticker').first().dispatchEvent('pointerdown', { button: 0, pointerId: 7 })
    await page.waitForSelector('.large[open]')
    await page.tap('.large-post')
    await page.fill('.composer-input', 'Mira')
    expect([await page.isVisible('.large'), await page.isVisible('.sheet')]).toEqual([false, false])
  },
  PHONE,
)
