import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { codeWords } from '../../web/poll/code-words.ts'
import { PICTURES, titleOf } from '../evening/pictures.ts'
import { startVoting, tokenOf, type Voting } from '../polls/voting.ts'
import { EVENING_MS, OTHER_BROWSERS, untilShown } from './browsers.ts'
import { BrowserEnded, type OtherWindow } from './other-window.ts'

describe.each(OTHER_BROWSERS)('in $name', ({ here, open }) => {
  let roar: Voting
  let page: OtherWindow
  async function start(): Promise<void> {
    roar = await startVoting()
    page = await open()
  }
  async function stop(): Promise<void> {
    await page?.close()
    await roar?.stop()
    roar?.data.remove()
  }
  beforeAll(async () => {
    if (here) await start()
  }, EVENING_MS)
  afterAll(stop, EVENING_MS)

  /** A browser that ends in the middle may do so of itself: then once more from the beginning, in a new one. Twice is the page's fault. */
  const evening = (name: string, body: () => Promise<void>) =>
    test.skipIf(!here)(
      name,
      () =>
        body().catch(async (cause) => {
          if (!(cause instanceof BrowserEnded)) throw cause
          await stop()
          await start()
          await body()
        }),
      EVENING_MS,
    )

  const until = (expression: string): Promise<void> => untilShown(page, expression)

  evening(
    'a viewer comes, taps, posts under a name and votes, finds the vote again after a reload, and proves it once it is sealed',
    async () => {
      await page.open(roar.url)
      await until(`document.querySelector('.dot[data-state="live"]') && document.querySelector('.sticker')`)
      await page.run(`for (let i = 0; i < 5; i++) document.querySelector('[data-sticker="heart"]').click()`)
      await until(`document.querySelector('.mood-total').textContent === '5'`)
      await until(`document.querySelector('.ribbon-line')?.dataset.n === '5'`)

      await page.run(`document.querySelector('.composer-arm').click()`)
      await page.run(`
        const field = document.querySelector('.composer-input')
        field.value = 'Mira'
        field.dispatchEvent(new Event('input', { bubbles: true }))
        document.querySelector('.composer-save').click()
        document.querySelector('[data-sticker="six"]').click()`)
      await until(`document.querySelector('.post[data-own="sent"]')`)

      await roar.create('mvp', { visibility: 'live' })
      await roar.act('mvp', 'open')
      await until(`document.querySelector('[data-choice="ben"]')`)
      await page.run(`document.querySelector('[data-choice="ben"]').click()`)
      await page.run(`document.querySelector('.poll-vote').click()`)
      await until(`document.querySelector('.poll-note')?.textContent === 'Your vote is in.'`)
      await page.open(roar.url)
      await until(`document.querySelector('[data-choice="ben"][data-own="true"]')`)
      expect((await roar.counted('mvp', 1)).counts).toEqual({ anna: 0, ben: 1, cleo: 0 })

      await roar.act('mvp', 'close')
      await roar.act('mvp', 'seal')
      await until(`document.querySelector('.poll[data-state="sealed"]')`)
      await page.run(`[...document.querySelectorAll('button')]
        .find(({ textContent }) => textContent === 'Check my vote').click()`)
      await until(`document.querySelector('[data-verdict="verified"]')`)
    },
  )

  /** A visible element with these words, as a function of the page. */
  const named = (name: string, within: string) => `
    [...document.querySelectorAll(${JSON.stringify(within)})]
      .flatMap((part) => [...part.querySelectorAll('button, a')])
      .find((one) => !one.disabled && one.getClientRects().length > 0
        && [one.getAttribute('aria-label'), one.textContent.trim()].includes(${JSON.stringify(name)}))`
  async function press(name: string, within = 'body'): Promise<void> {
    await until(named(name, within))
    await page.run(`${named(name, within)}.click()`)
  }
  /**
   * What cannot be undone needs a second press, within seconds: on a slow machine the first one may have to be repeated, as
   * somebody would.
   */
  async function pressTwice(name: string, within = 'body'): Promise<void> {
    await until(`((second, first) => {
      (second ?? first)?.click()
      return second
    })(${named(name, `${within} [aria-label="Are you sure?"]`)}, ${named(name, within)})`)
  }
  /** As if typed: the application hears of it by the event. */
  async function fill(label: string, text: string): Promise<void> {
    const field = `[...document.querySelectorAll('label')]
      .find((one) => one.textContent.trim() === ${JSON.stringify(label)})?.control`
    await until(field)
    await page.run(`
      const field = ${field}
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(field, ${JSON.stringify(text)})
      field.dispatchEvent(new Event('input', { bubbles: true }))`)
  }
  const says = (selector: string, words: string) =>
    until(`[...document.querySelectorAll(${JSON.stringify(selector)})]
      .some((one) => one.innerText.includes(${JSON.stringify(words)}))`)

  evening(
    'an owner makes a show with stickers of every kind and a poll, takes both to their end, removes a post and prints the certificate',
    async () => {
      const link = await roar.things.people!.ownersLink('further', 'a test')
      await page.open(`${roar.url}/studio/welcome#token=${link}`)
      await fill('Your name', 'Ann Weber')
      await fill('E-mail', 'ann@stadium.example')
      await fill('Password', 'five words that nobody says')
      await press('Begin')
      await press('New show')
      await fill('Name', 'Grand final')
      await press('Make the show')
      await until(`location.pathname === '/studio/shows/grand-final/prepare'`)

      await press('New pack')
      await fill('Name of the pack', 'Art')
      await press('Make the pack')
      await until(`!document.querySelector('.dialog') && document.querySelector('input[type=file]')`)
      for (const { name, mimeType, made } of PICTURES) {
        const file = Buffer.from(await made()).toString('base64')
        await page.run(`
          const bytes = Uint8Array.from(atob('${file}'), (each) => each.charCodeAt(0))
          const chosen = new DataTransfer()
          chosen.items.add(new File([bytes], '${name}', { type: '${mimeType}' }))
          const input = document.querySelector('input[type=file]')
          input.files = chosen.files
          input.dispatchEvent(new Event('change', { bubbles: true }))`)
        await says('.tray-item', titleOf(name))
      }
      // Those of the show's other pack as well.
      await until(`[...document.querySelectorAll('.tray-item img')].every((one) => one.naturalWidth > 0)`)

      await press('New poll')
      await fill('Question', 'Best of the night?')
      await fill('Choice 1', 'Anna')
      await fill('Choice 2', 'Ben')
      await press('Make the poll')
      await says('.poll-row', 'Best of the night?')
      await pressTwice('Start the show')
      await until(`document.querySelector('.on-air')`)

      await press('Live desk', '.tabs')
      const poll = 'article[aria-label="Best of the night?"]'
      await press('Open', poll)
      const show = '/v1/shows/grand-final'
      const send = (path: string, body: object, viewer?: string) =>
        roar.request('POST', show + path, viewer, body)
      await until(named('Close now', poll))
      expect((await send('/reactions', { stickers: { 'art-star': 2, 'art-cup': 3 } })).status).toBe(202)
      const voter = tokenOf('rudi', { name: 'Rude Rudi' })
      expect((await send('/polls/best-of-the-night/votes', { choice: 'ben' }, voter)).status).toBe(201)
      expect((await send('/posts', { sticker: 'art-dance' }, voter)).status).toBe(202)
      await says(poll, '100%')
      await press('Remove the post of Rude Rudi')
      await until(named('Show again the post of Rude Rudi', 'body'))
      for (const [step, state] of [
        ['Close now', 'Closed'],
        ['Reveal', 'Revealed'],
        ['Seal', 'Sealed'],
      ] as const) {
        await pressTwice(step, poll)
        await says(`${poll} .chip`, state)
      }
      await pressTwice('End the show')
      await says('.chip', 'Over')

      await press('After', '.tabs')
      const { code } = await roar.json<{ code: string }>(`${show}/polls/best-of-the-night`)
      await says('.certificate .code', codeWords(code))
      await page.run('window.print = () => {}')
      await press('Print', poll)
      await until(`document.querySelector('.certificate').dataset.print`)
      const { total } = await roar.json<{ total: number }>(`${show}/mood`)
      expect(total).toBe(5)
    },
  )
})
