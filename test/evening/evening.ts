import { expect } from 'bun:test'
import { parquetReadObjects } from 'hyparquet'
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { codeWords } from '../../web/poll/code-words.ts'
import { localText } from '../../web/studio/ui/wall-clock.ts'
import { DESKTOP, live, openWindow, PHONE, tap } from '../browser/chromium.ts'
import { dropdown, labelled, named, says, worded } from '../browser/names.ts'
import { PICTURES, titleOf } from './pictures.ts'

const PASSWORD = 'five words that nobody says'
/** Where an evening runs. */
interface Place {
  /** Base URL of the page, the studio and the calls. */
  url: string
  /** The secret of a link that creates an owner. */
  link: string
  /** A producer's token, for what is looked up beside the screens. */
  token: string
  browser: Browser
  /** Limit for everything that must be counted and shown on a screen. */
  timeoutMs: number
  /** What the owner and the moderator work on. */
  screen: BrowserContextOptions
  /** Distinguishes the evenings of one server. */
  year: number
}

/**
 * A whole evening, the same at every size: an owner signs in, invites a moderator, makes a show with stickers and polls of its
 * kind, one of them on a schedule, starts it; viewers come, react, vote and post; the moderator removes a post; the poll goes to
 * its seal; the certificate is printed, and the export and the trail have it all.
 * @returns how long a removed post stayed on each screen after the press, in milliseconds
 */
export async function evening({
  url,
  link,
  token,
  browser,
  timeoutMs,
  screen,
  year,
}: Place): Promise<Record<string, number>> {
  const show = `uber-finale-${year}`
  const path = `/v1/studio/shows/${show}`
  const send = async (method: string, path: string, body?: unknown) => {
    const headers = { authorization: `Bearer ${token}` }
    const response = await fetch(url + path, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    expect([path, response.status, response.ok]).toEqual([path, response.status, true])
    return response
  }
  const api = async <Answer = unknown>(...asked: Parameters<typeof send>): Promise<Answer> =>
    (await (await send(...asked)).json()) as Answer
  const slowly = { timeout: timeoutMs }
  const windows: Awaited<ReturnType<typeof openWindow>>[] = []
  const opened = async (path: string, options: BrowserContextOptions) => {
    const window = await openWindow(browser, url + path, options)
    window.page.context().setDefaultTimeout(timeoutMs)
    windows.push(window)
    return window.page
  }

  const owner = await opened(`/studio/welcome#token=${link}`, screen)
  await labelled(owner, 'Your name').fill('Ann Weber')
  await labelled(owner, 'E-mail').fill(`ann-${year}@stadium.example`)
  await labelled(owner, 'Password').fill(PASSWORD)
  await owner.click('button:text-is("Begin")')

  await worded(owner, 'New show').click()
  await labelled(owner, 'Name').fill(`Über-Finale ${year}`)
  expect(await labelled(owner, 'Address').inputValue()).toBe(show)
  await dropdown(owner, 'Begin from').click()
  await named(owner, 'option', 'A talent show').click()
  await owner.click('button:text-is("Make the show")')
  await owner.waitForURL(`**/shows/${show}/**`)
  await owner.waitForFunction((title) => document.title === title, `Über-Finale ${year} · Roar Studio`)

  const stickers = named(owner, 'region', 'Stickers')
  await named(stickers, 'button', 'New pack').click()
  await labelled(owner, 'Name of the pack').fill(`Art ${year}`)
  await owner.click('button:text-is("Make the pack")')
  await says(stickers, `Art ${year} 0`)
  for (const { name, mimeType, made } of PICTURES) {
    const chooser = owner.waitForEvent('filechooser')
    await named(stickers, 'button', 'Picture…').click()
    await (await chooser).setFiles({ name, mimeType, buffer: Buffer.from(await made()) })
    await named(stickers, 'row', titleOf(name)).waitFor()
  }
  const drawn = PICTURES.map(({ name }) => titleOf(name))
  const { bar = [] } = await api<{ bar?: string[] }>('GET', path)
  await api('PATCH', path, { bar: [...drawn, ...bar].slice(0, 12) })

  await owner.click('button:text-is("New poll")')
  await labelled(owner, 'Question').fill('Player of the match?')
  await labelled(owner, 'Choice 1').fill('Anna')
  await labelled(owner, 'Choice 2').fill('Łukasz')
  await owner.click('button:text-is("Make the poll")')
  await says(owner.locator('.poll-row'), 'Player of the match?')
  await owner.click('button:text-is("New poll")')
  await labelled(owner, 'Question').fill('Another round?')
  await labelled(owner, 'Choice 1').fill('Yes')
  await labelled(owner, 'Choice 2').fill('No')
  const later = Date.now() + 3_600_000
  await labelled(owner, 'Opens by itself').fill(localText(later))
  await labelled(owner, 'Closes by itself').fill(localText(later + 600_000))
  await owner.click('button:text-is("Make the poll")')
  await says(named(owner, 'figure', 'The polls on a line of time'), 'Another round?')

  await worded(owner.locator('.top-nav'), 'People').click()
  await owner.click('button:text-is("Invite somebody")')
  await labelled(owner, 'Name').fill('Mo')
  await labelled(owner, 'E-mail').fill(`mo-${year}@stadium.example`)
  await dropdown(owner, 'Role').click()
  await named(owner, 'option', 'Moderator').click()
  await owner.click('.dialog button:text-is("Invite")')
  const invitation = new URL((await owner.locator('output.link').textContent())!)
  await owner.click('.dialog button:text-is("Done")')
  const moderator = await opened(invitation.pathname + invitation.hash, screen)
  await labelled(moderator, 'Password').fill(PASSWORD)
  await moderator.click('button:text-is("Begin")')
  await worded(moderator.locator('.show-link'), `Über-Finale ${year}`).click()
  await worded(moderator.locator('.tabs'), 'Moderation').click()

  await worded(owner.locator('.top-nav'), 'Shows').click()
  await worded(owner.locator('.show-link'), `Über-Finale ${year}`).click()
  await owner.click('button:text-is("Start the show")')
  await owner.click('[aria-label="Are you sure?"] button:text-is("Start the show")')
  await owner.waitForSelector('.on-air')
  await worded(owner.locator('.tabs'), 'Live desk').click()

  const phone = await opened(`/?show=${show}`, PHONE)
  const desktop = await opened(`/?show=${show}`, DESKTOP)
  for (const viewer of [phone, desktop]) {
    await live(viewer)
    for (const sticker of drawn)
      await viewer.waitForFunction((sticker) => {
        const picture = document.querySelector<HTMLImageElement>(`[data-sticker="${sticker}"] img`)
        return picture?.complete && picture.naturalWidth > 0
      }, sticker)
    for (let i = 0; i < 3; i++)
      for (const sticker of ['art-star', 'heart']) await tap(viewer, `[data-sticker="${sticker}"]`)
  }
  for (const viewer of [phone, desktop])
    await viewer.waitForFunction(() => document.querySelector('.mood-total')?.textContent === '12')

  const poll = named(owner, 'article', 'Player of the match?')
  await named(poll, 'button', 'Open').click()
  await worded(poll, 'Open').waitFor()
  for (const [viewer, choice] of [
    [phone, 'Anna'],
    [desktop, 'Łukasz'],
  ] as const) {
    await named(viewer, 'radio', choice).click()
    await viewer.click('.poll-vote')
    await viewer.waitForSelector('.poll-note:text-is("Your vote is in.")')
  }
  await worded(poll, '50%').first().waitFor()
  for (const [name, state] of [
    ['Close now', 'Closed'],
    ['Reveal', 'Revealed'],
    ['Seal', 'Sealed'],
  ] as const) {
    await named(poll, 'button', name).click()
    // The second press is where the focus is.
    await owner.keyboard.press('Enter')
    await worded(poll, state).waitFor()
  }
  const { code } = await api<{ code: string }>('GET', `${path}/polls/player-of-the-match`)
  await says(poll, codeWords(code))
  for (const viewer of [phone, desktop]) await viewer.waitForSelector('.poll[data-state="sealed"]')

  await phone.click('.composer-arm')
  await phone.fill('.composer-form:visible input', 'Rude Rudi')
  await phone.keyboard.press('Enter')
  await tap(phone, '[data-sticker="heart"]')
  const seenBy = { phone, desktop }
  const seen = Object.entries(seenBy).map(([name, viewer]) => ({
    name,
    post: viewer.locator('.post', { hasText: 'Rude Rudi' }),
  }))
  for (const { post } of seen) await post.waitFor()
  const remove = named(moderator, 'button', 'Remove the post of Rude Rudi')
  await remove.waitFor()
  const { posts } = await api<{ posts: { id: string; viewer: string }[] }>('GET', `/v1/shows/${show}/feed`)
  await remove.click()
  const from = performance.now()
  const times = await Promise.all(
    seen.map(async ({ name, post }) => {
      await post.waitFor({ state: 'detached', ...slowly })
      return [name, performance.now() - from] as const
    }),
  )
  await named(moderator, 'button', 'Show again the post of Rude Rudi').waitFor()
  expect(await api('GET', path)).toMatchObject({ removedPosts: [posts[0]!.id] })
  // An expired mute does not count, though the show still lists it.
  await api('POST', `${path}/viewers/${posts[0]!.viewer}/mute`, { forMs: 1 })
  await says(owner.locator('.log-list'), 'muted a viewer')
  await named(moderator, 'button', 'Mute Rude Rudi').waitFor()

  // The evening is shorter than an hour: what was planned for later comes now, on every screen by itself.
  await api('PATCH', `${path}/polls/another-round`, {
    opens: Date.now() + 3_000,
    closes: Date.now() + 600_000,
  })
  const next = named(owner, 'article', 'Another round?')
  await worded(next, 'Open').waitFor()
  for (const viewer of [phone, desktop]) await named(viewer, 'radio', 'Yes').waitFor()
  await named(next, 'button', 'Close now').click()
  await owner.keyboard.press('Enter')
  await worded(next, 'Closed').waitFor()

  await owner.click('button:text-is("End the show")')
  await owner.keyboard.press('Escape')
  await owner.waitForSelector('.on-air')
  await owner.click('button:text-is("End the show")')
  await owner.keyboard.press('Enter')
  await owner.waitForSelector('.chip:text-is("Over")')

  await worded(owner.locator('.tabs'), 'After').click()
  const certificate = named(owner, 'article', 'Player of the match?')
  await says(certificate, codeWords(code))
  expect(await printed(owner, certificate)).toEqual({ pages: 1, others: [] })
  const file = await (await send('GET', `${path}/export.parquet`)).arrayBuffer()
  const rows = await parquetReadObjects({ file })
  const sumOf = (kind: string) =>
    rows.reduce((sum, row) => sum + (row.kind === kind ? (row.count as bigint) : 0n), 0n)
  expect([sumOf('mood'), sumOf('result')]).toEqual([12n, 2n])
  const trail = await api<{ action: string; who: string }[]>('GET', `${path}/audit`)
  expect(trail.filter(({ who }) => who === 'schedule')).toMatchObject([
    { action: 'open', poll: 'another-round' },
  ])
  expect(trail.map(({ action }) => action)).toEqual([
    ...['end-show', 'close', 'open', 'change', 'mute-viewer', 'remove-post'],
    ...['seal', 'reveal', 'close', 'open'],
    ...['start-show', 'create', 'create', 'change-show', ...PICTURES.map(() => 'restock')],
    ...['change-show', 'create', 'create', 'create-show'],
  ])
  expect(windows.flatMap(({ faults }) => faults).filter((fault) => !fault.includes('401'))).toEqual([])
  for (const { close } of windows.reverse()) await close()
  return Object.fromEntries(times)
}

/** Presses a certificate's button by the keyboard, and prints the page as the browser would. */
async function printed(page: Page, certificate: Locator): Promise<{ pages: number; others: string[] }> {
  await page.evaluate(() => {
    window.print = () => {}
  })
  await named(certificate, 'button', 'Print').focus()
  await page.keyboard.press('Enter')
  await page.emulateMedia({ media: 'print' })
  expect(await certificate.locator('.code').isVisible()).toBe(true)
  const others = await page.evaluate(() =>
    [...document.querySelectorAll('body :not(script, style)')]
      .filter((one) => one.closest('.certificate[data-print]') === null && one.childElementCount === 0)
      .filter((one) => one.checkVisibility() && one.getBoundingClientRect().bottom > 0)
      .map((one) => one.textContent.trim())
      .filter((text) => text !== ''),
  )
  const pdf = await page.pdf({ format: 'A4' })
  const folder = process.env.PICTURES
  if (folder) await Bun.write(`${folder}/certificate.pdf`, pdf)
  return { pages: [...pdf.toString('latin1').matchAll(/\/Type\s*\/Page\b/g)].length, others }
}
