import { expect } from 'bun:test'
import { parquetReadObjects } from 'hyparquet'
import type { Browser } from 'playwright-core'
import { lottie, moving, png, svg } from '../../services/media/worker/pictures-fixture.ts'
import { codeWords } from '../../web/poll/code-words.ts'
import { live, openWindow, PHONE } from '../browser/chromium.ts'

const PASSWORD = 'five words that nobody says'
const SHOW = 'uber-finale-2026'
const STUDIO = `/v1/studio/shows/${SHOW}`

/** Where an evening runs. */
interface Place {
  /** Base URL of the page, the studio and the calls. */
  url: string
  /** The secret of a link that creates an owner. */
  link: string
  /** A producer's token, for steps that are not done on a screen. */
  token: string
  browser: Browser
  /** Limit for everything that must be counted and shown on a screen. */
  timeoutMs: number
}

/**
 * A whole evening, the same at every size: an owner signs in, makes a show with stickers and polls of its kind, starts it; viewers
 * come, react, vote and post; a post is removed; the poll goes to its seal; the certificate, the export and the trail have it all.
 */
export async function evening({ url, link, token, browser, timeoutMs }: Place): Promise<void> {
  const send = async (method: string, path: string, body?: unknown, by = token) => {
    const response = await fetch(url + path, {
      method,
      headers: { ...(by && { authorization: `Bearer ${by}` }) },
      ...(body !== undefined && {
        body: body instanceof Uint8Array ? new Blob([body.slice()]) : JSON.stringify(body),
      }),
    })
    expect([path, response.status, response.ok]).toEqual([path, response.status, true])
    return response
  }
  const api = async <Answer = unknown>(...asked: Parameters<typeof send>): Promise<Answer> =>
    (await (await send(...asked)).json()) as Answer
  const slowly = { timeout: timeoutMs }

  const { page, faults, close } = await openWindow(browser, `${url}/studio/welcome#token=${link}`)
  page.context().setDefaultTimeout(timeoutMs)
  await page.getByLabel('Your name').fill('Ann Weber')
  await page.getByLabel('E-mail').fill('ann@stadium.example')
  await page.getByLabel('Password').fill(PASSWORD)
  await page.click('button:text-is("Begin")')

  await page.click('text=New show')
  await page.getByLabel('Name').fill('Über-Finale 2026')
  expect(await page.getByLabel('Address').inputValue()).toBe(SHOW)
  await page.getByRole('button', { name: 'Begin from' }).click()
  await page.getByRole('option', { name: 'A talent show' }).click()
  await page.click('button:text-is("Make the show")')
  await page.waitForURL(`**/shows/${SHOW}/**`)
  await page.waitForFunction(() => document.title === 'Über-Finale 2026 · Roar Studio')
  // Pictures of every kind, as files that a producer has.
  const pictures = {
    'art-flag': await png('#0a7'),
    'art-shirt': await moving('webp', { frames: 1 }),
    'art-star': svg('<circle cx="5" cy="5" r="4" fill="#fc0"/>'),
    'art-dance': lottie(),
    'art-wave': await moving('webp'),
    'art-spin': await moving('gif'),
  }
  await api('POST', '/v1/studio/packs', { pack: 'art', title: 'Art' })
  for (const [sticker, file] of Object.entries(pictures))
    await api('PUT', `/v1/studio/packs/art/stickers/${sticker}?title=${sticker}`, file)
  const { packs = [], bar = [] } = await api<{ packs?: string[]; bar?: string[] }>('GET', STUDIO)
  await api('PATCH', STUDIO, {
    packs: [...packs, 'art'],
    bar: [...Object.keys(pictures), ...bar].slice(0, 12),
  })
  await page.click('button:text-is("Start the show")')
  await page.click('[aria-label="Are you sure?"] button:text-is("Start the show")')
  await page.waitForSelector('.on-air')

  await page.click('button:text-is("New poll")')
  await page.getByLabel('Question').fill('Player of the match?')
  await page.getByLabel('Choice 1', { exact: true }).fill('Anna')
  await page.getByLabel('Choice 2', { exact: true }).fill('Łukasz')
  await page.click('button:text-is("Make the poll")')
  await page.waitForSelector('.poll-row >> text=Player of the match?')

  const phone = await openWindow(browser, `${url}/?show=${SHOW}`, PHONE)
  await live(phone.page)
  for (const sticker of Object.keys(pictures))
    await phone.page.waitForFunction(
      (sticker) => {
        const picture = document.querySelector<HTMLImageElement>(`[data-sticker="${sticker}"] img`)
        return picture?.complete && picture.naturalWidth > 0
      },
      sticker,
      slowly,
    )
  for (let i = 0; i < 3; i++)
    await api('POST', `/v1/shows/${SHOW}/reactions`, { stickers: { heart: 3, fire: 1 } }, '')
  await phone.page.waitForFunction(
    () => document.querySelector('.mood-total')?.textContent === '12',
    undefined,
    slowly,
  )

  await page.click('.tabs >> text=Live desk')
  const poll = page.getByRole('article', { name: 'Player of the match?' })
  await poll.getByRole('button', { name: 'Open' }).click()
  await poll.getByText('Open', { exact: true }).waitFor()
  const viewer = await api<{ token: string }>('POST', '/v1/viewers', { name: 'Rude Rudi' }, '')
  await poll.getByRole('button', { name: 'Close now' }).waitFor()
  await api('POST', `/v1/shows/${SHOW}/polls/player-of-the-match/votes`, { choice: 'anna' }, viewer.token)
  await poll.getByText('100%').waitFor()
  for (const [name, state] of [
    ['Close now', 'Closed'],
    ['Reveal', 'Revealed'],
    ['Seal', 'Sealed'],
  ] as const) {
    await poll.getByRole('button', { name }).click()
    // The second press is where the focus is.
    await page.keyboard.press('Enter')
    await poll.getByText(state, { exact: true }).waitFor()
  }
  const { code } = await api<{ code: string }>('GET', `${STUDIO}/polls/player-of-the-match`)
  await poll.getByText(codeWords(code)).waitFor()

  const { post } = await api<{ post: { id: string } }>(
    ...(['POST', `/v1/shows/${SHOW}/posts`, { sticker: 'heart' }, viewer.token] as const),
  )
  const seen = phone.page.locator('.post', { hasText: 'Rude Rudi' })
  await seen.waitFor(slowly)
  await page.getByRole('button', { name: 'Remove the post of Rude Rudi' }).waitFor()
  const { posts } = await api<{ posts: { viewer: string }[] }>('GET', `/v1/shows/${SHOW}/feed`)
  await page.getByRole('button', { name: 'Remove the post of Rude Rudi' }).click()
  await seen.waitFor({ state: 'detached', ...slowly })
  await page.getByRole('button', { name: 'Show again the post of Rude Rudi' }).waitFor()
  expect(await api('GET', STUDIO)).toMatchObject({ removedPosts: [post.id] })
  // An expired mute does not count, though the show still lists it.
  await api('POST', `${STUDIO}/viewers/${posts[0]!.viewer}/mute`, { forMs: 1 })
  await page.waitForSelector('.log-list >> text=muted a viewer')
  await page.getByRole('button', { name: 'Mute Rude Rudi' }).waitFor()

  await page.click('button:text-is("End the show")')
  await page.keyboard.press('Escape')
  await page.waitForSelector('.on-air')
  await page.click('button:text-is("End the show")')
  await page.keyboard.press('Enter')
  await page.waitForSelector('.chip:text-is("Over")')

  await page.click('.tabs >> text=After')
  const certificate = page.getByRole('article', { name: 'Player of the match?' })
  await certificate.getByText(codeWords(code)).waitFor()
  await page.emulateMedia({ media: 'print' })
  expect(await certificate.isVisible()).toBe(true)
  const file = await (await send('GET', `${STUDIO}/export.parquet`)).arrayBuffer()
  const rows = await parquetReadObjects({ file })
  const sumOf = (kind: string) =>
    rows.reduce((sum, row) => sum + (row.kind === kind ? (row.count as bigint) : 0n), 0n)
  expect([sumOf('mood'), sumOf('result')]).toEqual([12n, 1n])
  const trail = await api<{ action: string; who: string }[]>('GET', `${STUDIO}/audit`)
  expect(trail.map(({ action }) => action)).toEqual([
    ...['end-show', 'mute-viewer', 'remove-post', 'seal', 'reveal', 'close', 'open', 'create', 'start-show'],
    ...['change-show', 'create', 'create', 'create-show'],
  ])
  expect([...faults, ...phone.faults].filter((fault) => !fault.includes('401'))).toEqual([])
  await phone.close()
  await close()
}
