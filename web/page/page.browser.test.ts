import { describe, expect } from 'bun:test'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import {
  browserTests,
  DESKTOP,
  inWindow,
  live,
  MOVING,
  openWindow,
  PHONE,
  STILL,
  tap,
} from '../../test/browser/chromium.ts'
import { named } from '../../test/browser/names.ts'
import { startRoar } from '../../test/embedded.ts'
import type { Voting } from '../../test/polls/voting.ts'
import { contrast } from './accent.ts'

const CONTRAST_MIN = 4.5
const TARGET_PX_MIN = 48
/** What a phone on its side takes from the screen: its camera on one side, as much on the other, the bar for its gestures. */
const CAMERA = { top: 0, left: 59, bottom: 21, right: 59 }

let roar: Voting
let browser: Browser

const browserTest = browserTests((...started) => {
  ;[roar, browser] = started
})

const promise = (
  name: string,
  body: (page: Page) => Promise<void>,
  options: BrowserContextOptions = DESKTOP,
): void => browserTest(name, () => inWindow(browser, roar.url, body, options))
/** The same of a page on which the crowd moves. */
const movingPromise: typeof promise = (name, body, options = DESKTOP) =>
  promise(name, body, { ...options, ...MOVING })

async function post(path: string, body: unknown, token?: string): Promise<Record<string, unknown>> {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
  const response = await fetch(roar.url + path, { method: 'POST', body: JSON.stringify(body), headers })
  expect(response.ok).toBe(true)
  return (await response.json()) as Record<string, unknown>
}
const crowdTaps = (stickers: Record<string, number>) => post('/v1/shows/final/reactions', { stickers })

/** Posts of somebody else, each in the feed before the next. */
async function crowdPosts(
  page: Page,
  count: number,
  seen: (name: string) => Promise<unknown>,
): Promise<void> {
  for (let i = 0; i < count; i++) {
    const name = `Ada ${Math.random().toString(36).slice(2, 8)}`
    const { token } = await post('/v1/viewers', { name })
    await post('/v1/shows/final/posts', { sticker: 'six' }, token as string)
    await seen(name)
  }
  expect(page.isClosed()).toBe(false)
}
const inFeed = (page: Page) => (name: string) => page.waitForSelector(`.post-name:text("${name}")`)

const swarmData = (page: Page) =>
  page.$eval('.swarm', ({ dataset: { crowd, own, frames } }: HTMLElement) => ({
    crowd: Number(crowd),
    own: Number(own),
    frames: Number(frames),
  }))
const total = async (page: Page): Promise<number> =>
  Number((await page.textContent('.mood-total'))!.replace(/\D/g, ''))
/** Waits for the packet that brings the total to at least this. */
const totalReaches = (page: Page, value: number) =>
  page.waitForFunction(
    (least) => Number(document.querySelector('.mood-total')!.textContent!.replace(/\D/g, '')) >= least,
    value,
  )

async function name(page: Page, value: string): Promise<void> {
  // Its words alone: no screen reader says the sign before them.
  await named(page, 'button', 'Post under your name').click()
  await page.fill('.composer-input', value)
  await page.click('.composer-save')
}

describe('taps', () => {
  movingPromise(
    'of my own are drawn once: at the tap, not again when the packet brings them back',
    async (page) => {
      const before = await total(page)
      await tap(page, '[data-sticker="six"]')
      expect((await swarmData(page)).own).toBe(1)
      await totalReaches(page, before + 1)
      expect(await swarmData(page)).toMatchObject({ own: 1, crowd: 0 })
    },
  )

  movingPromise('of others rise', async (page) => {
    await crowdTaps({ heart: 20 })
    await page.waitForFunction(() => Number(document.querySelector<HTMLElement>('.swarm')!.dataset.crowd) > 0)
    expect((await swarmData(page)).own).toBe(0)
  })

  movingPromise('in a row show a combo', async (page) => {
    // Within one turn of the page: however busy the machine is, these are in a row.
    await page.$eval('[data-sticker="fire"]', (sticker: HTMLElement) => {
      for (let i = 0; i < 7; i++) sticker.click()
    })
    expect(await page.textContent('[data-sticker="fire"] .combo')).toBe('×7')
  })

  movingPromise(
    'come from the keyboard by number, and by Enter on the button that has the focus',
    async (page) => {
      for (const key of '12345678') await page.keyboard.press(key)
      expect((await swarmData(page)).own).toBe(8)
      await page.focus('[data-sticker="wow"]')
      await page.keyboard.press('Enter')
      expect((await swarmData(page)).own).toBe(9)
      expect(await page.textContent('[data-sticker="wow"] .combo')).toBe('')
      await page.keyboard.press('ArrowRight')
      const outline = await page.evaluate(() => getComputedStyle(document.activeElement!).outlineStyle)
      expect(outline).toBe('solid')
    },
  )

  movingPromise('are not made by typing a name', async (page) => {
    await page.click('.composer-arm')
    await page.keyboard.type('Agent 4711')
    expect((await swarmData(page)).own).toBe(0)
    expect(await page.inputValue('.composer-input')).toBe('Agent 4711')
  })
})

describe('posts', () => {
  movingPromise('of my own stand in the feed at once, marked, and once', async (page) => {
    await name(page, 'Mira ✨ "the" <b>loud</b>')
    await tap(page, '[data-sticker="cup"]')
    expect(await page.locator('.post[data-own]').count()).toBe(1)
    await page.waitForSelector('.post[data-own="sent"]')
    await crowdPosts(page, 1, inFeed(page))
    expect(await page.locator('.post[data-own]').count()).toBe(1)
    expect(await page.textContent('.post[data-own] .post-name')).toBe('Mira ✨ "the" <b>loud</b>')
    expect((await swarmData(page)).own).toBe(0)
  })

  movingPromise('are one at a time: the tap after a post reacts again', async (page) => {
    await name(page, 'Mira')
    await tap(page, '[data-sticker="cup"]')
    await tap(page, '[data-sticker="cup"]')
    expect(await page.locator('.post[data-own]').count()).toBe(1)
    expect((await swarmData(page)).own).toBe(1)
    await page.click('.composer-arm')
    expect(await page.getAttribute('.composer-arm', 'aria-pressed')).toBe('true')
    await page.keyboard.press('Escape')
    expect(await page.getAttribute('.composer-arm', 'aria-pressed')).toBe('false')
  })

  movingPromise(
    'of others move nothing on the page',
    async (page) => {
      await page.evaluate(() => {
        new PerformanceObserver((list) => {
          for (const { sources } of list.getEntries() as (PerformanceEntry & {
            sources: { node?: Node }[]
          })[]) {
            // How many watch, and the total, beside which a word moves with a new digit: other tests' windows and taps.
            const others = document.querySelectorAll('.status, .mood-line')
            const moved = sources.find(({ node }) => node && ![...others].some((part) => part.contains(node)))
            if (moved) {
              const of = moved.node!.parentElement!.outerHTML.slice(0, 200)
              document.body.dataset.shift = `${JSON.stringify(moved)} in ${of}`
            }
          }
        }).observe({ type: 'layout-shift' })
      })
      await crowdPosts(page, 12, inFeed(page))
      const { scrollHeight, clientHeight, shift } = await page.$eval('.feed-scroll', (node) => ({
        scrollHeight: node.scrollHeight,
        clientHeight: node.clientHeight,
        shift: document.body.dataset.shift,
      }))
      expect(shift).toBeUndefined()
      expect(scrollHeight).toBeGreaterThan(clientHeight)
    },
    { viewport: { width: 390, height: 640 } },
  )

  promise(
    'never move the feed from under a reading eye; a button counts them',
    async (page) => {
      await crowdPosts(page, 10, inFeed(page))
      const first = await page.$eval('.feed-scroll', (node) => {
        node.scrollTop = 0
        return node.querySelector('.post-name')!.textContent
      })
      const counted = async (count: number) => page.waitForSelector(`.feed-more:text("${count} new")`)
      let count = 0
      await crowdPosts(page, 3, () => counted(++count))
      const now = await page.$eval('.feed-scroll', (node) => [
        node.scrollTop,
        node.querySelector('.post-name')!.textContent,
      ])
      expect(now).toEqual([0, first])
      await page.click('.feed-more')
      expect(await page.isHidden('.feed-more')).toBe(true)
      const left = await page.$eval(
        '.feed-scroll',
        (node) => node.scrollHeight - node.scrollTop - node.clientHeight,
      )
      expect(left).toBeLessThan(2)
    },
    { viewport: { width: 390, height: 640 } },
  )
})

describe('a side', () => {
  promise('is chosen by a press, kept for the next visit, and sent with taps', async (page) => {
    await page.click('[data-segment="home"]')
    expect(await page.getAttribute('[data-segment="home"]', 'aria-pressed')).toBe('true')
    const burst = page.waitForRequest((request) => request.url().endsWith('/reactions'))
    await tap(page, '[data-sticker="six"]')
    expect((await burst).postDataJSON()).toMatchObject({ segment: 'home' })
    await page.reload()
    await page.waitForSelector('[data-segment="home"][aria-pressed="true"]')
  })
})

describe('whoever asks for less', () => {
  promise(
    'motion gets bars and no swarm',
    async (page) => {
      const before = await total(page)
      await crowdTaps({ heart: 30, six: 10 })
      await totalReaches(page, before + 40)
      await page.waitForSelector('.bar:not([hidden])')
      expect(await page.isVisible('.bars')).toBe(true)
      await tap(page, '[data-sticker="six"]')
      expect(await swarmData(page)).toEqual({ crowd: 0, own: 0, frames: 0 })
      expect(await page.evaluate(() => document.getAnimations().length)).toBe(0)
    },
    { ...DESKTOP, ...STILL },
  )

  movingPromise('is not looking: a hidden page draws nothing', async (page) => {
    const before = await total(page)
    await crowdTaps({ heart: 30 })
    await page.waitForFunction(() => Number(document.querySelector<HTMLElement>('.swarm')!.dataset.crowd) > 0)
    await page.evaluate(() => {
      Object.defineProperty(document, 'hidden', { value: true, configurable: true })
      document.dispatchEvent(new Event('visibilitychange'))
    })
    // What paints is on a thread of its own, and says when the sky is empty.
    await page.waitForSelector('.swarm[data-air="0"]', { state: 'attached' })
    const { crowd, frames } = await swarmData(page)
    await crowdTaps({ heart: 30 })
    await totalReaches(page, before + 60)
    expect(await swarmData(page)).toEqual({ crowd, frames, own: 0 })
  })
})

promise(
  'words are as large as the browser is set to, and still fit the width',
  async (page) => {
    const sizes = () =>
      page.evaluate(() =>
        ['.title', '.status', '.mood-side-title', '.mood-total', '.composer-arm', '.sticker-hint'].map(
          (name) => Number.parseFloat(getComputedStyle(document.querySelector(name)!).fontSize),
        ),
      )
    const usual = await sizes()
    await page.evaluate(() => {
      document.documentElement.style.fontSize = '200%'
    })
    // The total is large already, and grows with the room that there is.
    expect((await sizes()).map((size, i) => size / usual[i]!)).toEqual([
      2,
      2,
      2,
      expect.closeTo(1.8, 0),
      2,
      2,
    ])
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(PHONE.viewport!.width)
  },
  PHONE,
)

browserTest('the live region tells the mood at most every 10 s', async () => {
  const { page, close } = await openWindow(browser, 'about:blank', MOVING)
  await page.clock.install()
  await page.goto(roar.url)
  await page.clock.runFor(1_000)
  await page.waitForSelector('.sticker')
  const said = () => page.textContent('#live')
  const taps = async () => {
    const { crowd } = await swarmData(page)
    await crowdTaps({ heart: 20 })
    await page.waitForFunction(
      (before) => Number(document.querySelector<HTMLElement>('.swarm')!.dataset.crowd) > before,
      crowd,
      { polling: 20 },
    )
  }
  await taps()
  // The page's clock also goes by itself, as fast as the machine lets this test go on.
  await page.clock.runFor(2_000)
  expect(await said()).toBe('')
  await page.clock.runFor(9_000)
  const sentence = await said()
  expect(sentence).toMatch(/^\d+ reactions\. Most of all \u2068Heart\u2069\.$/)
  await close()
})

/** Every text that is on screen, with its colour and all colours that lie under it. */
const textsOf = (page: Page) =>
  page.evaluate(() => {
    const parse = (colour: string): number[] => {
      const canvas = new OffscreenCanvas(1, 1).getContext('2d')!
      canvas.fillStyle = colour
      canvas.fillRect(0, 0, 1, 1)
      const [r = 0, g = 0, b = 0, a = 0] = canvas.getImageData(0, 0, 1, 1).data
      return [r, g, b, a / 255]
    }
    const over = ([r = 0, g = 0, b = 0, a = 0]: number[], [x = 0, y = 0, z = 0]: number[]) => [
      r * a + x * (1 - a),
      g * a + y * (1 - a),
      b * a + z * (1 - a),
    ]
    /** What may be behind an element: its own colours over what may be behind its parent. */
    const behind = (node: Element | null): number[][] => {
      if (node === null) return [[255, 255, 255]]
      const { backgroundColor, backgroundImage } = getComputedStyle(node)
      const own = [backgroundColor, ...(backgroundImage.match(/rgba?\([^)]*\)|color\([^)]*\)/g) ?? [])].map(
        parse,
      )
      const solid = own.filter(([, , , a]) => a === 1)
      const under = solid.length > 0 ? [] : behind(node.parentElement)
      return [
        ...solid,
        ...under,
        ...own.filter(([, , , a = 0]) => a > 0 && a < 1).flatMap((c) => under.map((u) => over(c, u))),
      ]
    }
    const hex = (rgb: number[]) =>
      `#${rgb
        .slice(0, 3)
        .map((part) => Math.round(part).toString(16).padStart(2, '0'))
        .join('')}`
    const walker = document.createTreeWalker(document.querySelector('.page')!, NodeFilter.SHOW_TEXT)
    const found: { text: string; colour: string; behind: string[] }[] = []
    while (walker.nextNode()) {
      const node = walker.currentNode.parentElement!
      // Emoji have colours of their own, the shout is as large as the stage, the title has a shadow over the picture.
      if (node.closest('.sticker-icon, .shout, .title, .unseen, .combo') || !node.checkVisibility()) continue
      if (walker.currentNode.textContent!.trim() === '') continue
      const colour = getComputedStyle(node).color
      found.push({
        text: walker.currentNode.textContent!,
        colour: hex(parse(colour)),
        behind: behind(node).map(hex),
      })
    }
    return found
  })

for (const colorScheme of ['dark', 'light'] as const) {
  promise(
    `every text has a contrast of 4.5:1 where it stands, ${colorScheme}`,
    async (page) => {
      await name(page, 'Mira')
      await tap(page, '[data-sticker="cup"]')
      await page.waitForSelector('.post[data-own="sent"]')
      await page.click('[data-segment="home"]')
      // Every kind of ball, whatever the final has come to.
      await page.$$eval('.board-ball', (balls: HTMLElement[]) => {
        for (const [i, ball] of balls.entries()) {
          ball.textContent = '1246W1'[i]!
          ball.dataset.ball = ball.textContent
        }
      })
      const texts = await textsOf(page)
      expect(texts.length).toBeGreaterThan(20)
      const unreadable = texts.filter(({ colour, behind }) =>
        behind.some((under) => contrast(colour, under) < CONTRAST_MIN),
      )
      expect(unreadable).toEqual([])
    },
    { ...DESKTOP, colorScheme },
  )
}

for (const [words, options] of [
  ['a phone', PHONE],
  ['a phone on its side', { ...PHONE, viewport: { width: 740, height: 360 } }],
  ['a tablet', { ...PHONE, viewport: { width: 820, height: 1180 } }],
  ['a desktop', DESKTOP],
] as const) {
  browserTest(
    `on ${words} the page has its shape before its script, and nothing jumps when the show comes`,
    async () => {
      const { page, faults, close } = await openWindow(browser, 'about:blank', options)
      // The stylesheet alone, as a slow phone has it for a while.
      const script = Promise.withResolvers<void>()
      await page.route('**/*.js', async (route) => {
        await script.promise
        await route.continue()
      })
      await page.goto(roar.url, { waitUntil: 'commit' })
      await page.waitForFunction(() => document.styleSheets.length > 0 && document.querySelector('#live'))
      const shape = () =>
        page.$$eval('#stage, #mood, #feed, #composer, #stickers', (nodes) =>
          nodes.map((node) => `${node.id} ${JSON.stringify(node.getBoundingClientRect())}`),
        )
      const before = await shape()
      script.resolve()
      await live(page)
      await page.waitForSelector('.sticker')
      expect(await shape()).toEqual(before)
      expect(faults).toEqual([])
      await close()
    },
  )
}

for (const [words, options] of [
  ['a phone', PHONE],
  ['a narrow phone', { ...PHONE, viewport: { width: 320, height: 568 } }],
  ['a phone on its side with a camera in its screen', { ...PHONE, viewport: { width: 844, height: 390 } }],
  ['a desktop', DESKTOP],
] as const) {
  promise(
    `on ${words} every target is at least 48 px and in sight, and nothing scrolls sideways`,
    async (page) => {
      const cut = words.endsWith('screen') ? CAMERA : { top: 0, left: 0, bottom: 0, right: 0 }
      const session = await page.context().newCDPSession(page)
      // Newer than the protocol's types.
      await session.send('Emulation.setSafeAreaInsetsOverride' as never, { insets: cut } as never)
      await name(page, 'A name of thirty-two characters!')
      await page.click('.composer-arm')
      const targets = await page.$$eval(
        'button, input',
        (nodes, cut) =>
          nodes
            .filter((node) => node.checkVisibility())
            // The row of stickers scrolls.
            .filter((node) => {
              const row = node.closest('.stickers')?.getBoundingClientRect()
              return row === undefined || node.getBoundingClientRect().right <= row.right
            })
            .map((node) => {
              const { width, height, left, top, right, bottom } = node.getBoundingClientRect()
              return {
                what: node.className,
                width,
                height,
                inSight:
                  left >= cut.left &&
                  top >= cut.top &&
                  right <= innerWidth - cut.right &&
                  bottom <= innerHeight - cut.bottom,
              }
            }),
        cut,
      )
      expect(targets.length).toBeGreaterThan(7)
      const small = targets.filter(
        ({ width, height, inSight }) => Math.min(width, height) < TARGET_PX_MIN || !inSight,
      )
      expect(small).toEqual([])
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
    },
    options,
  )
}

movingPromise(
  'zoomed in to 400 % the page scrolls, and none of its parts lies over another',
  async (page) => {
    const parts = await page.$$eval('#stage, #mood, #feed, #stickers', (nodes) =>
      nodes.map((node) => node.getBoundingClientRect().toJSON() as DOMRect),
    )
    for (const [i, { top, height }] of parts.entries()) {
      expect(height).toBeGreaterThan(TARGET_PX_MIN)
      if (i > 0) expect(top).toBeGreaterThanOrEqual(parts[i - 1]!.bottom - 1)
    }
    await tap(page, '[data-sticker="cup"]')
    expect((await swarmData(page)).own).toBe(1)
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
  },
  { viewport: { width: 320, height: 256 } },
)

promise(
  'on a television everything is twice as large, fits, and the swarm rises where the picture is',
  async (page) => {
    const shape = await page.evaluate(() => {
      const rect = (selector: string) => document.querySelector(selector)!.getBoundingClientRect()
      return {
        feed: rect('#feed').width,
        swarm: rect('.swarm'),
        stage: rect('#stage'),
        bar: rect('#stickers'),
      }
    })
    // 360 to 560 of its own pixels.
    expect(shape.feed).toBeWithin(720, 1121)
    expect(shape.bar.bottom).toBeLessThanOrEqual(2160)
    expect(shape.swarm.left).toBeGreaterThan(shape.stage.left + shape.stage.width / 2)
    expect(shape.swarm.right).toBeLessThanOrEqual(shape.stage.right)
    expect(await page.evaluate(() => document.documentElement.scrollHeight <= innerHeight)).toBe(true)
    const sent = page.waitForRequest(/\/reactions$/)
    await tap(page, '[data-sticker="cup"]')
    await sent
  },
  { viewport: { width: 3840, height: 2160 } },
)

promise(
  'where the system forces its colours, the mood bar still tells its sides apart',
  async (page) => {
    const colours = await page.$$eval('.mood-fill', (fills) =>
      fills.map((fill) => getComputedStyle(fill).backgroundColor),
    )
    expect(new Set(colours).size).toBe(2)
  },
  { ...DESKTOP, forcedColors: 'active' },
)

describe('when something is wrong', () => {
  browserTest('a browser without JavaScript is told so, and offered nothing that does nothing', async () => {
    const { page, close } = await openWindow(browser, roar.url, { ...PHONE, javaScriptEnabled: false })
    expect(await page.isVisible('text="This page needs JavaScript"')).toBe(true)
    expect(await page.isVisible('#stickers, #feed, #mood')).toBe(false)
    await close()
  })

  browserTest('a show that does not exist is said so in words', async () => {
    const { page, close } = await openWindow(browser, `${roar.url}/?show=nope`)
    await page.waitForSelector('.failure strong:text("There is no show called “\u2068nope\u2069”")')
    await close()
  })

  browserTest('an address that cannot be a show is said so too', async () => {
    const { page, close } = await openWindow(browser, `${roar.url}/?show=${encodeURIComponent('<b>No</b>')}`)
    await page.waitForSelector('.failure strong:text("There is no show called “\u2068<b>No</b>\u2069”")')
    await close()
  })

  browserTest('a server that goes away is a countdown, and taps still answer', async () => {
    const leaving = await startRoar()
    const { page, close } = await openWindow(browser, leaving.url, MOVING)
    await live(page)
    await page.waitForSelector('.sticker')
    await leaving.stop()
    await page.waitForSelector('.status-words:text-matches("Reconnecting in [0-9]+ s")')
    await tap(page, '[data-sticker="six"]')
    expect((await swarmData(page)).own).toBe(1)
    expect(await page.isHidden('.failure')).toBe(true)
    await close()
  })
})

browserTest(
  'roar-bar works on a page that is not ours: taps, moods, its target, and it leaves nothing behind',
  async () => {
    const { page, faults, close } = await openWindow(browser, `${roar.url}/roar-bar`)
    await page.evaluate(() => {
      for (const name of ['roar-tap', 'roar-mood'])
        document.addEventListener(name, (event) => {
          document.body.dataset[name.replace('roar-', '')] = JSON.stringify((event as CustomEvent).detail)
        })
    })
    await tap(page, 'roar-bar [data-sticker="wow"]')
    expect(await page.getAttribute('body', 'data-tap')).toBe('{"sticker":"wow"}')
    await page.waitForSelector('body[data-mood]')
    const [film, canvas] = await Promise.all(
      ['#film', 'roar-bar .swarm'].map((selector) => page.locator(selector).boundingBox()),
    )
    expect(canvas!.x).toBeGreaterThan(film!.x + film!.width / 2)
    expect(canvas!.x + canvas!.width).toBeLessThanOrEqual(film!.x + film!.width)
    expect(Math.abs(canvas!.y - film!.y)).toBeLessThan(2)
    await page.click('roar-bar [data-segment="away"]')
    expect(await page.getAttribute('roar-bar', 'segment')).toBe('away')
    expect(faults).toEqual([])
    await page.evaluate(() => document.querySelector('roar-bar')!.remove())
    await page.keyboard.press('1')
    expect(await page.getAttribute('body', 'data-tap')).toBe('{"sticker":"wow"}')
    await close()
  },
)
