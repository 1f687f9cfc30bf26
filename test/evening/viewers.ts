import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Post } from '../../protocol/packets.ts'
import { connect } from '../../sdk/src/index.ts'
import { type RoomEvents, rooms } from '../../sdk/src/rooms/index.ts'
import { type DrivenBrowser, EVENING_MS, OTHER_BROWSERS, untilShown } from '../browser/browsers.ts'
import { DESKTOP, MOVING, openScripted, PHONE } from '../browser/chromium.ts'
import type { OtherWindow } from '../browser/other-window.ts'
import { needs } from '../needs.ts'
import { startVoting, tokenOf, type Voting } from '../polls/voting.ts'

/**
 * `npm run evening:viewers`: a viewer's whole evening on the page, in Chromium on a phone and a desktop, in Firefox and in WebKit. It
 * takes some three minutes. With SCREENS=folder each state is kept as a picture, to be looked at.
 */
const SCREENS = process.env.SCREENS
const SETTLED_MS = 800
/** What is not in it is in the sheet alone. */
const BAR = ['heart', 'six', 'four', 'wicket', 'clap', 'fire']
const BROWSERS: DrivenBrowser[] = [
  {
    name: 'Chromium on a phone',
    here: needs('chromium'),
    open: () => openScripted({ ...PHONE, ...MOVING, colorScheme: 'light' }),
  },
  {
    name: 'Chromium on a desktop',
    here: needs('chromium'),
    open: () => openScripted({ ...DESKTOP, ...MOVING, colorScheme: 'dark' }),
  },
  ...OTHER_BROWSERS,
]

/** Expressions of the page. */
const find = (selector: string) => `document.querySelector(${JSON.stringify(selector)})`
const text = (selector: string) => `${find(selector)}?.textContent`
const crowdOf = (place: number) =>
  `Number([...document.querySelectorAll('.swarm')].at(${place}).dataset.crowd)`

describe.each(BROWSERS)('in $name', ({ name, here, open }) => {
  let roar: Voting
  let page: OtherWindow
  beforeAll(async () => {
    if (!here) return
    roar = await startVoting()
    await roar.produce('PATCH', '/shows/final', { rules: { text: true }, bar: BAR })
    page = await open()
  }, EVENING_MS)
  afterAll(async () => {
    await page?.close()
    await roar?.stop()
    roar?.data.remove()
  }, EVENING_MS)

  const until = (expression: string): Promise<void> => untilShown(page, expression)

  /** Presses what can be pressed by then. */
  async function press(selector: string, times = 1): Promise<void> {
    await until(`${find(selector)}?.checkVisibility() && !${find(selector)}.disabled`)
    await page.run(`for (let i = 0; i < ${times}; i++) ${find(selector)}.click()`)
  }

  async function write(selector: string, value: string): Promise<void> {
    await until(`${find(selector)}?.checkVisibility()`)
    await page.run(`
      const field = ${find(selector)}
      field.value = ${JSON.stringify(value)}
      field.dispatchEvent(new Event('input', { bubbles: true }))`)
  }

  async function picture(state: string): Promise<void> {
    if (SCREENS === undefined) return
    mkdirSync(SCREENS, { recursive: true })
    // What slides in is there.
    await Bun.sleep(SETTLED_MS)
    writeFileSync(join(SCREENS, `${name.replaceAll(' ', '-')}-${state}.png`), await page.picture())
  }

  /** Rooms of somebody who uses the client alone. */
  const friend = (name: string) =>
    rooms({
      url: roar.url,
      show: 'final',
      token: tokenOf(name, { name }),
      listen: (topic, signal) => connect({ url: roar.url, show: 'final', topics: [topic], signal }),
    })

  test.skipIf(!here)(
    'a whole evening: to a room of three by its link, side, stickers, texts, a poll and its proof, a replay, the recap',
    async () => {
      const hers = await friend('Ada Quill').make()
      const { room, invite } = hers.document()
      const his = await friend('Ben North').join(room, invite)
      const hearsIn = (fits: (posts: RoomEvents['posts']) => boolean) =>
        new Promise<void>((resolve) => hers.on('posts', (posts) => fits(posts) && resolve()))

      // By a friend's link into the room.
      await page.open(`${roar.url}/#room=${room}.${invite}`)
      await write('.room-name', 'Mira')
      await picture('1-invited')
      await press('.room-join .room-primary')
      await until(`${text('.room-people')}?.includes('3 here')`)
      await hers.post('six')
      await until(`[...document.querySelectorAll('#room-posts .post-name')]
        .some(({ textContent }) => textContent === 'Ada Quill')`)
      for (let i = 0; i < 3; i++) his.react('heart')
      await until(`${crowdOf(-1)} >= 3`)
      const itsText = hearsIn((posts) =>
        posts.some(({ text, name }) => text === 'Hello room' && name === 'Mira'),
      )
      await press('.composer-arm')
      await write('.composer-form:not([hidden]) .composer-input', 'Mira')
      await press('.composer-form:not([hidden]) .composer-save')
      await write('.composer-text', 'Hello room')
      await press('.composer-form:not([hidden]) .composer-save')
      await itsText
      const itsSticker = hearsIn((posts) =>
        posts.some(({ sticker, name }) => sticker === 'fire' && name === 'Mira'),
      )
      await press('.composer-arm')
      await press('.sticker-dock [data-sticker="fire"]')
      await itsSticker
      await picture('2-in-the-room')

      // Out to everybody: a side, taps, a sticker out of the sheet, a text and a sticker.
      await press('.room-tab[aria-controls="posts"]')
      await press('[data-segment="home"]')
      await until(find('.dot[data-state="live"]'))
      await press('.sticker-dock [data-sticker="heart"]', 5)
      await press('.sticker-all')
      await write('.sheet-query', 'cup')
      await until(`document.querySelectorAll('.sheet-sticker').length === 1`)
      await picture('3-the-sheet')
      await press('.sheet-sticker')
      await press('.sheet-close')
      await until(`${text('.mood-total')} === '6'`)
      await until(`${find('.ribbon-line')}?.dataset.n === '6'`)
      await write('.composer-text', 'What a night')
      await press('.composer-form:not([hidden]) .composer-save')
      await until(find('#posts .post[data-own="sent"]'))
      await press('.composer-arm')
      await press('.sticker-dock [data-sticker="six"]')
      await until(`document.querySelectorAll('#posts .post[data-own="sent"]').length === 2`)
      const { posts } = await roar.json<{ posts: Post[] }>('/v1/shows/final/feed')
      expect(posts.map(({ name, text, sticker }) => [name, text ?? sticker])).toEqual([
        ['Mira', 'What a night'],
        ['Mira', 'six'],
      ])
      await picture('4-everybody')

      // A poll: the vote is found again after a reload, as is the room, and proved once it is sealed.
      await roar.create('mvp', { visibility: 'live' })
      await roar.act('mvp', 'open')
      await until(find('[data-choice="ben"]'))
      await picture('5-the-poll')
      await press('[data-choice="ben"]')
      await press('.poll-vote')
      await until(`${text('.poll-note')} === 'Your vote is in.'`)
      await page.open(roar.url)
      await until(find('[data-choice="ben"][data-own="true"]'))
      await until(`${text('.room-people')}?.includes('3 here')`)
      expect((await roar.counted('mvp', 1)).counts).toEqual({ anna: 0, ben: 1, cleo: 0 })
      await roar.act('mvp', 'close')
      await roar.act('mvp', 'seal')
      await until(find('.poll[data-state="sealed"]'))
      await page.run(`[...document.querySelectorAll('button')]
        .find(({ textContent }) => textContent === 'Check my vote').click()`)
      await until(find('[data-verdict="verified"]'))
      await picture('6-sealed-and-checked')

      // The last half minute again.
      const drawn = Number(await page.run(`return ${crowdOf(0)}`))
      await roar.request('POST', '/v1/shows/final/reactions', undefined, { stickers: { heart: 40 } })
      await until(`${text('.mood-total')} === '46' && ${crowdOf(0)} > ${drawn}`)
      // A replay lasts for seconds: a slow browser is asked afterwards what it drew meanwhile.
      await page.run(`
        const badge = ${find('.ribbon-badge')}
        window.replayed = []
        new MutationObserver(() => replayed.push(${crowdOf(0)})).observe(badge, { attributeFilter: ['hidden'] })`)
      await press('.ribbon-last')
      await picture('7-replay')
      await until(`replayed.length > 1 && ${find('.ribbon-badge')}.hidden && replayed.at(-1) > replayed[0]`)

      // The show is over, and so is the room.
      await roar.studio('POST', 'end')
      await until(`${text('.ribbon-last')}?.includes('recap') && ${find('#feed')}.dataset.room === undefined`)
      // On a busy machine the history may not come in time: the page says so, and one presses again.
      await press('.ribbon-last')
      await until(`${find('.recap-picture')} || ${text('.composer-note')}.includes('recap')`)
      if (!(await page.run(`return Boolean(${find('.recap-picture')})`))) await press('.ribbon-last')
      await until(find('.recap-picture'))
      const said = String(await page.run(`return ${find('.recap-picture')}.getAttribute('aria-label')`))
      expect(said.replaceAll(/[\u2068\u2069]/g, '')).toContain(
        'Harbour Lanterns v Highland Kites. 46 reactions of everybody. 6 were mine. With Harbour Lanterns',
      )
      expect(await page.run(`return ${find('a.recap-act')}.download`)).toBe('final.png')
      await picture('8-recap')
      for (const party of [hers, his]) party.close()
    },
    EVENING_MS,
  )
})
