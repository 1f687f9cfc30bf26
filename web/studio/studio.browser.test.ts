import { afterAll, beforeAll, expect, test } from 'bun:test'
import { source as AXE } from 'axe-core'
import { SignJWT } from 'jose'
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import type { Person } from '../../protocol/people.ts'
import type { Poll } from '../../protocol/polls.ts'
import type { Show, StickerPack } from '../../protocol/show.ts'
import { png } from '../../services/media/worker/pictures-fixture.ts'
import {
  DESKTOP,
  leaveChromium,
  openChromium,
  openWindow,
  PHONE,
  STEP_TIMEOUT_MS,
  TABLET,
} from '../../test/browser/chromium.ts'
import { dropdown, labelled, named, says, saysNoMore, worded } from '../../test/browser/names.ts'
import { startRoar, type TestRoar } from '../../test/embedded.ts'
import { evening } from '../../test/evening/evening.ts'
import { HANG_MS } from '../../test/hang.ts'
import { needs } from '../../test/needs.ts'
import { codeOf } from '../../test/people/authenticator.ts'
import { leftSession } from '../../test/people/left-session.ts'
import { until } from '../../test/until.ts'

const PASSWORD = 'five words that nobody says'
const SECRET = 'a-secret-of-at-least-32-characters!!'
const FIRST_VIEW_BYTES_MAX = 200 * 1024
/** Something of this server from which a token can be put where the studio looks for it. A picture asks for no icon, which is not there. */
const ASIDE = '/stickers/six.svg'
/** Where nobody listens. */
const NOWHERE = 'http://127.0.0.1:9/hook'

let roar: TestRoar
let browser: Browser
let token: string

const here = needs('chromium')
beforeAll(async () => {
  if (!here) return
  roar = await startRoar('--auth-secret', SECRET, '--webhooks-private', 'true')
  browser = await openChromium()
  token = await signed({ sub: 'ann', name: 'Ann Weber', role: 'producer' })
}, HANG_MS)
afterAll(async () => {
  await leaveChromium(browser)
  await roar?.stop()
}, HANG_MS)

const signed = (claims: Record<string, string>): Promise<string> =>
  new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(SECRET))

async function api<Answer = unknown>(
  method: string,
  path: string,
  body?: unknown,
  by = token,
): Promise<Answer> {
  const headers = { authorization: `Bearer ${by}`, 'content-type': 'application/json' }
  const response = await fetch(roar.url + path, {
    method,
    headers,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  expect([path, response.ok]).toEqual([path, true])
  return (await response.json()) as Answer
}

/** Markup that would run where a text is shown as HTML. */
const MISCHIEF = '<img src=x onerror="window.mischief=1">'

/** Presses a button that so few stops of the Tab key lead to. */
async function pressed(page: Page, button: Locator, stopsMax: number): Promise<void> {
  await button.waitFor()
  for (let stops = 0; !(await button.evaluate((each) => each === document.activeElement)); stops++) {
    expect([String(button), stops < stopsMax]).toEqual([String(button), true])
    await page.keyboard.press('Tab')
  }
  await page.keyboard.press('Enter')
}

/** A window in which somebody has signed in. */
async function openStudio(path: string, options: BrowserContextOptions = DESKTOP, by = token) {
  const opened = await openWindow(browser, roar.url + ASIDE, options)
  await opened.page.evaluate((kept) => sessionStorage.setItem('roar-studio-token', kept), by)
  await opened.page.goto(roar.url + path)
  return opened
}

/** A window of an owner who has just been made. */
async function openOwner(email: string, options: BrowserContextOptions = DESKTOP) {
  const link = await roar.things.people!.ownersLink('further', 'a test')
  const opened = await openWindow(browser, `${roar.url}/studio/welcome#token=${link}`, options)
  await labelled(opened.page, 'Your name').fill('Olga')
  await labelled(opened.page, 'E-mail').fill(email)
  await labelled(opened.page, 'Password').fill(PASSWORD)
  await opened.page.click('button:text-is("Begin")')
  await opened.page.waitForSelector('.show-row')
  // The form announced nothing by the id of a button that has gone.
  expect(await opened.page.locator('[data-live-announcer] [role=img]').count()).toBe(0)
  return opened
}

/** What is not accessible, as the browsers' own audits see it: serious findings and worse. */
async function findings(page: Page, rules?: string[]): Promise<string[]> {
  // Half a megabyte of script: once for all audits of a page.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(AXE)
  return page.evaluate(async (runOnly) => {
    const { axe } = window as unknown as {
      axe: {
        run(
          options: object,
        ): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }>
      }
    }
    const { violations } = await axe.run(runOnly === undefined ? {} : { runOnly })
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
  }, rules)
}

test.skipIf(!here)(
  'the list of shows takes less than 200 KB, gzip, and no screen is loaded before it is opened',
  async () => {
    const { page, close } = await openStudio('/studio/')
    await page.waitForSelector('.show-row')
    const files = await page.evaluate(() =>
      [location.href, ...performance.getEntriesByType('resource').map(({ name }) => name)].filter(
        (name) => !name.includes('/v1/'),
      ),
    )
    let bytes = 0
    for (const file of new Set(files)) bytes += Bun.gzipSync(await (await fetch(file)).bytes()).length
    console.log(`the studio's first view: ${bytes} bytes gzip`)
    expect(files.length).toBeGreaterThan(2)
    expect(bytes).toBeLessThan(FIRST_VIEW_BYTES_MAX)
    await close()
  },
)

test.skipIf(!here)('where the browser keeps nothing, a token signs in all the same', async () => {
  const { page, faults, close } = await openWindow(browser, 'about:blank')
  await page.addInitScript(() => {
    const forbidden = () => {
      throw new DOMException('switched off', 'SecurityError')
    }
    Object.defineProperty(window, 'sessionStorage', { get: forbidden })
  })
  await page.goto(`${roar.url}/studio`)
  await page.click('button:text-is("Use a token instead")')
  await labelled(page, 'Producer’s token').fill(token)
  await page.click('button:text-is("Sign in")')
  await page.waitForSelector('.show-row')
  // Nobody was signed in before.
  expect(faults.filter((fault) => !fault.includes('401'))).toEqual([])
  await close()
})

test.skipIf(!here).each([
  ['a desktop', DESKTOP, 2026],
  ['a tablet', TABLET, 2027],
] as const)(
  'an evening on %s: sign in, make a show, start it, react, a poll from draft to seal, a post removed, the end',
  async (_, screen, year) => {
    const link = await roar.things.people!.ownersLink('further', 'a test')
    await evening({ url: roar.url, link: link!, token, browser, timeoutMs: STEP_TIMEOUT_MS, screen, year })
  },
  // Stickers of every kind are made by processes to which a busy machine gives hardly anything.
)

test.skipIf(!here)(
  'a show of a template is whole, and next week’s has its stickers, polls, rules and word lists',
  async () => {
    const { page, faults, close } = await openStudio('/studio/')
    await worded(page, 'New show').click()
    await labelled(page, 'Name').fill('Stars of Saturday')
    await dropdown(page, 'Begin from').click()
    await named(page, 'option', 'A talent show').click()
    await says(named(page, 'region', 'What it has'), 'Golden buzzer')
    expect(await findings(page)).toEqual([])
    await page.click('button:text-is("Make the show")')
    await page.waitForURL('**/shows/stars-of-saturday/**')
    await says(page.locator('.poll-row'), 'Who wins the show?')
    const shows = '/v1/studio/shows'
    await api('PUT', `${shows}/stars-of-saturday/word-lists/de`, { hold: ['Mist'], refuse: ['doof*'] })

    await worded(page.locator('.top-nav'), 'Shows').click()
    await named(page, 'button', 'Duplicate Stars of Saturday').click()
    await labelled(page, 'Name').fill('Stars of Saturday, 2')
    await page.click('.dialog button:text-is("Duplicate")')
    await page.waitForURL('**/shows/stars-of-saturday-2/**')
    const of = async (show: string) => {
      const { stickers, bar, packs, rules, accent, wordLists } = await api<Show>('GET', `${shows}/${show}`)
      const polls = await api<Poll[]>('GET', `${shows}/${show}/polls`)
      const questions = polls.map(({ poll, question, voters, visibility }) => [
        ...[poll, question, voters, visibility],
      ])
      return { stickers, bar, packs, rules, accent, wordLists, questions }
    }
    const made = await of('stars-of-saturday')
    expect(made).toMatchObject({ packs: ['talent'], accent: '#c2255c', wordLists: [{ language: 'de' }] })
    expect(made.questions).toHaveLength(2)
    expect(await of('stars-of-saturday-2')).toEqual(made)
    expect(faults).toEqual([])
    await close()
  },
)

test.skipIf(!here)(
  'who signs out is at the door, comes in by password or by token, and a wrong one is said',
  async () => {
    const link = await roar.things.people!.ownersLink('further', 'a test')
    const body = { token: link, password: PASSWORD, email: 'olga@stadium.example', name: 'Olga' }
    await api('POST', '/v1/studio/people/welcome', body)
    const { page, close } = await openWindow(browser, `${roar.url}/studio/shows/final/desk`)
    const signIn = async (password: string) => {
      await labelled(page, 'E-mail').fill('olga@stadium.example')
      await labelled(page, 'Password').fill(password)
      await page.click('button:text-is("Sign in")')
    }
    await signIn('five words that are wrong')
    await says(page, 'E-mail, password or code is wrong')
    await signIn(PASSWORD)
    await page.waitForSelector('.figures')
    await page.click('.person')
    await worded(page, 'Sign out').click()
    await worded(page, 'Use a token instead').click()
    await page.fill('input[name="token"]', 'not a token')
    await page.click('button:text-is("Sign in")')
    await says(page, 'The server does not take this token')
    await page.fill('input[name="token"]', token)
    await page.click('button:text-is("Sign in")')
    await page.waitForSelector('.figures')
    await close()
  },
)

test.skipIf(!here)(
  'an owner changes what somebody may do, and hears first what another owner made of them',
  async () => {
    const { page, faults, close } = await openOwner('ola@stadium.example')
    const ask = (method: string, path: string, body?: unknown) =>
      page.evaluate(
        async ([method, path, body]) => {
          const answer = await fetch(path!, { method: method!, ...(body && { body }) })
          return (await answer.json()) as { person: Person } & Person
        },
        [method, `/v1/studio/people${path}`, body === undefined ? '' : JSON.stringify(body)] as const,
      )
    const roles = [{ role: 'moderator', show: 'final' }]
    const { person } = await ask('POST', '', { email: 'mo@stadium.example', name: 'Mo', roles })
    await worded(page.locator('.top-nav'), 'People').click()
    const row = page.locator('.person-row', { hasText: 'mo@stadium.example' })
    await named(row, 'button', 'Change Mo').click()
    await named(page, 'button', 'Add a role').click()
    expect(await findings(page)).toEqual([])
    await ask('PATCH', `/${person.person}`, { name: 'Moritz' })
    await page.click('.dialog button:text-is("Save")')
    await says(page, 'By now: Moritz, Moderator in final.')
    expect((await ask('GET', `/${person.person}`)).roles).toEqual(roles as Person['roles'])
    await labelled(page, 'Name').fill('Moritz')
    await page.click('.dialog button:text-is("Save")')
    await page.waitForSelector('.dialog', { state: 'detached' })
    await says(page, 'Moderator in final, Moderator')
    // The browser writes down each answer that is an error, and those were meant.
    expect(faults.filter((fault) => !fault.startsWith('Failed to load resource'))).toEqual([])
    await close()
  },
)

test.skipIf(!here)(
  'a sticker of a name that is taken replaces that one after it was said, also by the name of a file',
  async () => {
    await api('POST', '/v1/studio/packs', { pack: 'said', title: 'Said' })
    await api('PUT', '/v1/studio/packs/said/stickers/goal', { title: 'Goal', emoji: '⚽' })
    await api('POST', '/v1/studio/shows', { show: 'said', title: 'Said', packs: ['said'] })
    const { page, close } = await openStudio('/studio/shows/said/prepare')
    const stickers = async () => (await api<Show>('GET', '/v1/studio/shows/said')).stickers
    const listed = Promise.withResolvers<void>()
    await page.route('**/v1/studio/packs', async (route) => {
      await listed.promise
      await route.continue()
    })
    await page.reload()
    // A press on a list without entries would do nothing.
    await until(() => dropdown(page, 'Pack').isDisabled())
    listed.resolve()
    await dropdown(page, 'Pack').click()
    await named(page, 'option', 'Said').click()
    const chooser = page.waitForEvent('filechooser')
    await named(page, 'button', 'Picture…').click()
    await (await chooser).setFiles({
      name: 'GOAL.png',
      mimeType: 'image/png',
      buffer: Buffer.from(await png()),
    })
    await says(page, 'is in this pack already')
    expect((await stickers())[0]!.emoji).toBe('⚽')
    await page.click('button:text-is("Replace")')
    await saysNoMore(page, 'is in this pack already')
    expect(await stickers()).toMatchObject([{ sticker: 'goal', title: 'GOAL', image: expect.any(String) }])

    // A pack that the show refuses at first is made once, whoever chose another pack meanwhile.
    const packs = () => api<StickerPack[]>('GET', '/v1/studio/packs')
    await named(page, 'button', 'New pack').click()
    await labelled(page, 'Name of the pack').fill('Semi')
    const refusal = { status: 400, contentType: 'application/problem+json', body: '{"code":"bad_request"}' }
    await page.route('**/v1/studio/shows/said', (route) =>
      route.request().method() === 'PATCH' ? route.fulfill(refusal) : route.continue(),
    )
    await page.click('button:text-is("Make the pack")')
    await says(page, 'this show does not have it yet')
    await page.unroute('**/v1/studio/shows/said')
    await api('PATCH', '/v1/studio/shows/said', { packs: ['said', 'classic'] })
    await page.click('button:text-is("Add it to the show")')
    await page.waitForSelector('.dialog', { state: 'detached' })
    expect((await api<Show>('GET', '/v1/studio/shows/said')).packs).toEqual(['said', 'classic', 'semi'])
    expect((await packs()).filter(({ title }) => title === 'Semi')).toHaveLength(1)

    await named(page, 'button', 'Take one down').click()
    await labelled(page, 'Search').fill('goa')
    const row = named(page, 'listitem', 'GOAL')
    await named(row, 'button', 'Take down').click()
    await says(page, 'It leaves every show that has its pack')
    expect((await stickers()).map(({ sticker }) => sticker)).toContain('goal')
    await page.keyboard.press('Enter')
    await row.waitFor({ state: 'detached' })
    expect((await stickers()).map(({ sticker }) => sticker)).not.toContain('goal')
    expect((await packs()).find(({ pack }) => pack === 'said')!.stickers).toEqual([])

    // Whoever produces this show alone is offered nothing that concerns others.
    const onlySaid = await signed({ sub: 'ben', role: 'producer', show: 'said' })
    const { page: other, close: leave } = await openStudio('/studio/', DESKTOP, onlySaid)
    await other.waitForSelector('.show-row')
    const offers = () => named(other, 'button', /New show|Duplicate|New pack|Take one/).count()
    expect(await offers()).toBe(0)
    await other.click('.show-link')
    await says(other, 'only a producer of all shows')
    await other.waitForSelector('.tray-item')
    expect(await offers()).toBe(0)
    await leave()
    await close()
  },
)

test.skipIf(!here)(
  'a press while the server is away is said to be unconfirmed, and done once when it is back',
  async () => {
    const { page, close } = await openStudio('/studio/shows/final/desk')
    await says(page, 'Every reaction')
    await page.route('**/switches', (route) => route.abort())
    await worded(page, 'Every reaction').click()
    await says(page, 'Not confirmed yet')
    await page.waitForSelector('.connection[data-state="lost"]')
    await page.unroute('**/switches')
    await saysNoMore(page, 'Not confirmed yet')
    await says(page, 'Reactions sampled')
    const trail = await api<{ action: string }[]>('GET', '/v1/studio/shows/final/audit')
    expect(trail.filter(({ action }) => action === 'switch')).toHaveLength(1)
    await api('PATCH', '/v1/studio/shows/final/switches', { reactions: 'on' })
    await close()
  },
)

test.skipIf(!here)('what one producer does stands on the other’s desk', async () => {
  const [one, two] = await Promise.all([
    openStudio('/studio/shows/final/desk'),
    openStudio('/studio/shows/final/desk'),
  ])
  await says(two.page, 'Texts')
  await one.page.click('.toggle:has-text("Posts")')
  await says(two.page.locator('.log-list'), 'switched posts off')
  await two.page.waitForSelector('.toggle:has-text("Posts"):not([data-selected])')
  await api('PATCH', '/v1/studio/shows/final/switches', { posts: 'on' })
  expect([one.faults, two.faults]).toEqual([[], []])
  await one.close()
  await two.close()
})

test.skipIf(!here)(
  'stickers are dragged out of the bar and back, and of two who change one thing the second decides whose holds',
  async () => {
    const show = '/v1/studio/shows/final'
    const { bar, title } = await api<{ bar?: string[]; title: string }>('GET', show)
    const { page, faults, close } = await openStudio('/studio/shows/final/prepare')
    const browserOfAll = named(page, 'grid', 'In the browser')
    await named(page, 'row', 'Heart').dragTo(browserOfAll)
    await named(browserOfAll, 'row', 'Heart').waitFor()
    await says(page, '7 of 12')
    await page.waitForFunction(() => document.querySelector('.repeating') === null)
    // By the keyboard: picked up, on to the next place where it may be dropped, dropped.
    await named(page, 'button', 'Move Heart').focus()
    await page.keyboard.press('Enter')
    await page.waitForSelector('.tray-item[data-dragging]')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await says(page, '8 of 12')
    const barNow = async () => (await api<{ bar: string[] }>('GET', show)).bar
    await until(barNow, (bar) => bar.includes('heart'))

    const card = named(page, 'region', 'The show')
    // The default is a value as any other.
    expect(await labelled(card, 'Language').inputValue()).toBe('en')
    await labelled(card, 'Name').fill('Mine')
    await api('PATCH', show, { title: 'Theirs' })
    await named(card, 'button', 'Save').click()
    await says(card, 'Somebody else changed title')
    await named(card, 'button', 'Keep mine').click()
    await says(card, 'Saved: viewers have it')
    expect(await api('GET', show)).toMatchObject({ title: 'Mine' })

    await labelled(card, 'Name').fill('Mine again')
    await api('PATCH', show, { title: 'Theirs again' })
    await named(card, 'button', 'Save').click()
    await named(card, 'button', 'Take theirs').click()
    await page.waitForFunction(() => document.title === 'Theirs again · Roar Studio')
    expect(await labelled(card, 'Name').inputValue()).toBe('Theirs again')
    expect(await worded(card, 'Not saved yet').count()).toBe(0)

    // What is typed while a save is on its way is neither lost nor taken for saved.
    const { promise: typed, resolve: letIn } = Promise.withResolvers<void>()
    await page.route('**/v1/studio/shows/final', async (route) => {
      if (route.request().method() === 'PATCH') await typed
      await route.continue()
    })
    await labelled(card, 'Name').fill('Half')
    await named(card, 'button', 'Save').click()
    await labelled(card, 'Name').fill('Half of it')
    letIn()
    await until(
      () => api<{ title: string }>('GET', show),
      ({ title }) => title === 'Half',
    )
    await page.waitForFunction(() => document.title === 'Half · Roar Studio')
    expect(await labelled(card, 'Name').inputValue()).toBe('Half of it')
    await says(card, 'Not saved yet')
    await named(card, 'button', 'Save').click()
    await says(card, 'Saved: viewers have it')
    expect(await api('GET', show)).toMatchObject({ title: 'Half of it' })
    await page.unroute('**/v1/studio/shows/final')
    await api('PATCH', show, { title, ...(bar && { bar }) })
    expect(faults.filter((fault) => !fault.includes('412'))).toEqual([])
    await close()
  },
)

test.skipIf(!here)(
  'of two who change one draft of a poll the second is told, and decides whose holds',
  async () => {
    const polls = '/v1/studio/shows/final/polls'
    const path = `${polls}/draft-of-two`
    const choices = ['Yes', 'No'].map((title) => ({ choice: title.toLowerCase(), title }))
    await api('POST', polls, { poll: 'draft-of-two', question: 'Whose?', choices })
    const { page, faults, close } = await openStudio('/studio/shows/final/prepare')
    const editor = named(page, 'dialog', 'Change the poll')
    const change = async (seen: string, theirs: string) => {
      await named(page, 'button', `Change: ${seen}`).click()
      await api('PATCH', path, { question: theirs })
      await labelled(editor, 'Question').fill('Mine?')
      await named(editor, 'button', 'Save').click()
      await says(page, 'Somebody else changed this in the meantime.')
      expect(await api('GET', path)).toMatchObject({ question: theirs })
    }
    await change('Whose?', 'Theirs?')
    await named(page, 'button', 'Keep mine').click()
    await named(page, 'button', 'Change: Mine?').waitFor()
    expect(await api('GET', path)).toMatchObject({ question: 'Mine?' })

    await change('Mine?', 'Theirs again?')
    await named(page, 'button', 'Take theirs').click()
    expect(await labelled(editor, 'Question').inputValue()).toBe('Theirs again?')
    await named(editor, 'button', 'Save').click()
    await named(page, 'button', 'Change: Theirs again?').waitFor()
    expect(faults.filter((fault) => !fault.includes('412'))).toEqual([])
    await close()
  },
)

test.skipIf(!here)(
  'a key for a machine is shown once, works, and is refused when it is revoked',
  async () => {
    const { page, faults, close } = await openOwner('key@stadium.example')
    await worded(page.locator('.top-nav'), 'API keys').click()
    await worded(page, 'New key').click()
    await labelled(page, 'Name').fill('Scoreboard')
    await page.click('button:text-is("Make the key")')
    const key = (await page.locator('output.link').textContent())!
    const answered = async () => {
      const headers = { authorization: `Bearer ${key}` }
      return (await fetch(`${roar.url}/v1/studio/shows`, { headers })).status
    }
    expect([key.startsWith('roar_'), await answered()]).toEqual([true, 200])
    await page.click('button:text-is("Done")')
    const row = page.locator('.person-row', { hasText: 'Scoreboard' })
    await says(row, 'Analyst')
    await named(row, 'button', 'Revoke').click()
    await page.keyboard.press('Enter')
    await says(page, 'No machine has a key')
    expect(await answered()).toBe(401)
    expect(faults.filter((fault) => !fault.includes('401'))).toEqual([])
    await close()
  },
)

test.skipIf(!here)('keys are made and revoked by the keyboard alone', async () => {
  const { page, faults, close } = await openOwner('keyboard@stadium.example')
  await worded(page.locator('.top-nav'), 'API keys').click()
  const button = (name: string) => named(page, 'button', name)
  for (const name of ['One', 'Two <b>keys</b>']) {
    await pressed(page, button('New key'), 60)
    await page.waitForFunction(() => document.activeElement?.matches('input[type=text], input:not([type])'))
    await page.keyboard.type(name)
    await pressed(page, button('Make the key'), 20)
    await pressed(page, button('Done'), 10)
    await page.locator('.person-row', { hasText: name }).waitFor()
  }
  for (const name of ['One', 'Two']) {
    const row = page.locator('.person-row', { hasText: name })
    await pressed(page, named(row, 'button', 'Revoke'), 60)
    await row.getByRole('group').waitFor()
    await page.keyboard.press('Enter')
  }
  await says(page, 'No machine has a key')
  // Before she had signed in, it was asked who she is.
  expect(faults.filter((fault) => !fault.includes('401'))).toEqual([])
  await close()
})

test.skipIf(!here)(
  'a webhook is made, tested, and what was given up is listed and delivered when somebody asks for it',
  async () => {
    let answers = 500
    const receiver = Bun.serve({
      ...{ port: 0, hostname: '127.0.0.1' },
      fetch: () => new Response('', { status: answers }),
    })
    const { page, close } = await openOwner('hook@stadium.example')
    await worded(page.locator('.top-nav'), 'Webhooks').click()
    await worded(page, 'New webhook').click()
    await labelled(page, 'Address').fill(`http://127.0.0.1:${receiver.port}/hook`)
    await worded(page, 'Loud for long').click()
    for (const event of ['Show ended', 'Loud moment', 'Poll opened', 'Poll closed', 'Poll revealed'])
      await worded(page, event).click()
    await page.click('button:text-is("Make the webhook")')
    expect(await page.locator('output.link').textContent()).toStartWith('whsec_')
    await page.click('button:text-is("Done")')
    const hook = page.locator('.webhook')
    await says(hook, '(over 10,000 a second for 5 s)')
    await named(hook, 'button', 'Send a test').click()
    await says(hook, 'it answers 500')
    const { webhooks } = roar.things.store!
    const [made] = await webhooks.all()
    const [failed] = await webhooks.deliveries(made!.webhook, 1)
    await webhooks.settle({ ...failed!, state: 'dead', tries: 14 }, failed!)
    await worded(hook, 'Given up').last().click()
    await says(hook, '14 tries')
    answers = 204
    await named(hook, 'button', 'Deliver now: Test').click()
    await says(hook, 'None was given up.')
    await named(hook, 'radio', 'Newest').click()
    await says(hook, 'Delivered')
    await named(hook, 'button', 'Remove').click()
    await page.keyboard.press('Enter')
    await says(page, 'Nobody is told yet.')
    await close()
    receiver.stop(true)
  },
)

test.skipIf(!here)(
  'a text waits until a moderator shows it, its viewer is told so, and a post is pinned above every feed',
  async () => {
    const show = '/v1/studio/shows/final'
    await api('PATCH', show, { rules: { text: true } })
    await api('PUT', `${show}/word-lists/de`, { hold: ['Mist'], refuse: ['doof*'] })
    const viewer = await openWindow(browser, roar.url)
    const say = async (text: string) => {
      await viewer.page.locator('.composer-text').fill(text)
      await viewer.page.keyboard.press('Enter')
    }
    await viewer.page.click('.composer-arm')
    await labelled(viewer.page, 'The name under your posts').fill('Ada')
    await viewer.page.keyboard.press('Enter')
    await say('was für ein Mist!')
    const own = viewer.page.locator('.post[data-own="held"]')
    await says(own, 'waiting for a moderator')
    await say('ihr seid doofe Leute')
    await says(viewer.page, 'Write it otherwise')

    const { page, faults, close } = await openStudio('/studio/shows/final/desk')
    await says(page, '1 post waits for a')
    await named(page, 'link', 'Review').click()
    const waiting = named(page, 'region', 'Waiting for a moderator')
    await says(waiting, 'word: Mist')
    await named(waiting, 'button', 'Remove the post of Ada').click()
    await says(waiting, 'No post waits.')
    await own.waitFor({ state: 'detached' })
    await worded(waiting, 'What was decided last').click()
    await named(waiting, 'button', 'Show the post of Ada').click()
    await viewer.page.locator('.post[data-own="sent"]', { hasText: 'Mist' }).waitFor()

    const feed = named(page, 'region', 'Feed')
    await named(feed, 'button', 'Pin the post of Ada').click()
    await viewer.page.locator('.pinned', { hasText: 'Ada was für ein Mist!' }).waitFor()
    await named(feed, 'button', 'Pin a text').click()
    await named(page, 'textbox', 'Text').fill('Anpfiff um acht')
    await named(page, 'button', 'Pin it').click()
    await viewer.page.locator('.pinned', { hasText: 'Anpfiff um acht' }).waitFor()
    await named(feed, 'button', 'Unpin').click()
    await viewer.page.locator('.pinned').waitFor({ state: 'hidden' })

    await named(page, 'button', 'Change the words of German').click()
    await named(page, 'textbox', 'Wait for a moderator').fill('')
    await named(page, 'textbox', 'Are refused').fill('')
    await named(page, 'button', 'Save').click()
    await says(page, 'No words are held or refused.')

    // What is posted while the desk has no connection is there once it has.
    const turn = (name: 'pagehide' | 'pageshow') =>
      page.evaluate((name) => dispatchEvent(new PageTransitionEvent(name)), name)
    await turn('pagehide')
    await page.waitForSelector('.connection[data-live="paused"]')
    await say('und weiter')
    await viewer.page.locator('.post[data-own="sent"]', { hasText: 'und weiter' }).waitFor()
    await turn('pageshow')
    await says(feed, 'und weiter')
    expect(faults).toEqual([])
    await close()
    await viewer.close()
    await api('PATCH', show, { rules: { text: false } })
  },
)

test.skipIf(!here)(
  'on a phone every screen takes words of any length and script, and shows which screen it is',
  async () => {
    const long = 'Zweikampfgewinnwahrscheinlichkeitsberechnung'
    const title = `Donaudampfschifffahrtsgesellschaftskapitän: ${long}`
    const segments = [{ segment: 'home', title: long }]
    await api('POST', '/v1/studio/shows', { show: 'lang', title, language: 'de', segments })
    const choices = [
      { choice: 'a', title: long },
      { choice: 'b', title: 'خالد عبد الرحمن' },
    ]
    for (const poll of ['mvp', 'next'])
      await api('POST', '/v1/studio/shows/lang/polls', { poll, question: `Was ist die ${long}?`, choices })
    await api('POST', '/v1/studio/shows/lang/polls/mvp/open')
    const { page, faults, close } = await openStudio('/studio/', PHONE)
    const wide = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    await worded(page.locator('.show-link'), title).click()
    for (const [name, there] of [
      ['Prepare', '.poll-row'],
      ['Live desk', '.poll'],
      ['Moderation', '.moderation .toggle'],
      ['Integrity', '.decision'],
      ['After', '.after .certificate, .after .empty'],
    ] as const) {
      await worded(page.locator('.tabs'), name).click()
      await page.waitForSelector(there)
      expect([name, await wide()]).toEqual([name, 0])
      const tab = await page.locator('.tabs [aria-current]').boundingBox()
      expect([name, tab!.x >= 0, tab!.x + tab!.width <= 390]).toEqual([name, true, true])
    }
    await worded(page.locator('.top-nav'), 'Shows').click()
    await page.waitForSelector('.show-row')
    expect(await wide()).toBe(0)
    expect(faults).toEqual([])
    await close()
  },
)

/** Without findings, light and dark, on a tablet and at 200 %, where it must fit. */
async function accessible(page: Page, name: string, there: string): Promise<void> {
  await page.waitForSelector(there)
  await page.emulateMedia({ colorScheme: 'light' })
  expect([name, await findings(page)]).toEqual([name, []])
  await page.emulateMedia({ colorScheme: 'dark' })
  expect([name, await findings(page, ['color-contrast'])]).toEqual([name, []])
  // Twice as large is half as many pixels of CSS.
  await page.setViewportSize({ width: 512, height: 384 })
  const isWide = () => page.evaluate(() => document.documentElement.scrollWidth > innerWidth)
  expect([name, await isWide()]).toEqual([name, false])
  await page.setViewportSize(TABLET.viewport!)
}

test.skipIf(!here).each([
  ['the door', '/studio/', '.door form'],
  ['the target of a link', '/studio/welcome#token=x', '.door form'],
  ['the overlay', '/overlay/final', '#overlay[data-state="live"]'],
  ['what the server does', '/status', 'h1.state'],
])(
  'what needs no sign-in is accessible, light and dark, and fits a tablet twice as large: %s',
  async (name, path, there) => {
    const { page, close } = await openWindow(browser, roar.url + path, TABLET)
    await accessible(page, name, there)
    await close()
  },
)

test.skipIf(!here)('every screen is accessible, light and dark, and fits a tablet at 200 %', async () => {
  const { page, faults, close } = await openOwner('all@stadium.example', TABLET)
  const check = (name: string, there: string) => accessible(page, name, there)
  await check('the list of shows', '.show-row')
  await worded(page.locator('.show-link'), 'Harbour Lanterns v Highland Kites').click()
  for (const [name, there] of [
    ['Live desk', '.chart canvas'],
    ['Prepare', '.tray-item'],
    ['Moderation', '.moderation .toggle'],
    ['Integrity', '.lead'],
    ['After', '.after .certificate, .after .empty'],
  ] as const) {
    await worded(page.locator('.tabs'), name).click()
    await check(name, there)
  }
  await worded(page.locator('.tabs'), 'Prepare').click()
  for (const button of ['New poll', 'New pack', 'Take one down']) {
    await page.click(`button:text-is("${button}")`)
    await check(button, '.dialog')
    await page.keyboard.press('Escape')
    await page.waitForSelector('.dialog', { state: 'detached' })
  }
  await worded(page.locator('.tabs'), 'Moderation').click()
  await worded(page, 'New list').click()
  await check('word lists', '.dialog')
  await page.keyboard.press('Escape')
  await worded(page.locator('.top-nav'), 'People').click()
  await check('People', '.person-row')
  await worded(page, 'Invite somebody').click()
  await check('an invitation', '.dialog')
  await page.keyboard.press('Escape')
  await worded(page.locator('.top-nav'), 'API keys').click()
  await check('API keys', 'text=No machine has a key')
  await worded(page, 'New key').click()
  await check('a new key', 'text=May do what these may')
  await page.keyboard.press('Escape')
  const { webhook } = await api<{ webhook: string }>('POST', '/v1/studio/webhooks', { url: NOWHERE })
  await api('POST', `/v1/studio/webhooks/${webhook}/test`)
  await worded(page.locator('.top-nav'), 'Webhooks').click()
  await page.click('button:text-is("Deliveries")')
  await check('Webhooks', '.delivery-row')
  await worded(page, 'New webhook').click()
  await check('a new webhook', 'text=Told of')
  await page.keyboard.press('Escape')
  await page.click('.person')
  await worded(page, 'Sign-in and devices').click()
  await check('one’s own account', '.account .list')
  // Its screen is no longer there to ask for its deliveries.
  await api('DELETE', `/v1/studio/webhooks/${webhook}`)
  expect(faults.filter((fault) => !fault.includes('401'))).toEqual([])
  await close()
})

test.skipIf(!here)(
  'a show is made as a rehearsal, played into by a press, and wiped by two; viewers are told what it is',
  async () => {
    const { page, faults, close } = await openStudio('/studio/')
    await worded(page, 'New show').click()
    await labelled(page, 'Name').fill('Dress rehearsal')
    await page.click('.toggle:has-text("It is a rehearsal")')
    await page.click('button:text-is("Make the show")')
    await page.waitForURL('**/shows/dress-rehearsal/**')
    await worded(page.locator('.tabs'), 'Live desk').click()
    const panel = named(page, 'region', 'Rehearsal')
    await dropdown(panel, 'Speed').click()
    await named(page, 'option', '20×').click()
    await named(panel, 'button', 'Run the rehearsal').click()
    await says(panel, 'all that was accepted is counted')
    // Whoever comes later sees how it went, too.
    await page.reload()
    await named(panel, 'row', 'Taps 1,500 1,500 1,500').waitFor()
    expect(await findings(page)).toEqual([])
    expect(faults).toEqual([])

    const viewer = await openWindow(browser, 'about:blank')
    // What the page asks for within some random time it asks for at once: before the wipe, after which it is gone.
    await viewer.page.addInitScript(() => {
      Math.random = () => 0.01
    })
    await viewer.page.goto(`${roar.url}/?show=dress-rehearsal`)
    await viewer.page.locator('#rehearsal').waitFor({ state: 'visible' })
    await viewer.page.waitForSelector('.feed-row, .feed li')

    await page.locator('.posts li').first().waitFor()
    await named(panel, 'button', 'Wipe this rehearsal').click()
    await named(named(page, 'group', 'Are you sure?'), 'button', 'Wipe this rehearsal').click()
    await says(panel, 'Run 2')
    await says(page, 'No posts yet.')
    await says(page, 'Not scheduled')
    await viewer.page.waitForFunction(() => document.querySelector('.mood-total')?.textContent === '0')
    expect(viewer.faults).toEqual([])
    await viewer.close()
    await close()

    const other = await openWindow(browser, `${roar.url}/?show=final`)
    await other.page.waitForSelector('.dot[data-state="live"]')
    expect(await other.page.locator('#rehearsal').isVisible()).toBe(false)
    await other.close()
  },
)

test.skipIf(!here)(
  'two presses that both need a recent sign-in ask once for the password, and both are done after it',
  async () => {
    const { page, close } = await openOwner('onno@stadium.example')
    const { person } = await page.evaluate(async () => {
      for (const name of ['Kim', 'Lee']) {
        const body = { email: `${name}@stadium.example`, name, roles: [{ role: 'moderator' }] }
        await fetch('/v1/studio/people', { method: 'POST', body: JSON.stringify(body) })
      }
      return (await fetch('/v1/studio/sessions/current')).json()
    })
    const left = await leftSession(roar, person, 3_600_000)
    await page.context().addCookies([{ name: 'roar-session', value: left, url: roar.url }])
    await worded(page.locator('.top-nav'), 'People').click()
    // Neither is answered before both have been pressed.
    const { promise: pressed, resolve: letThrough } = Promise.withResolvers<void>()
    await page.route('**/link', async (route) => {
      await pressed
      await route.continue()
    })
    for (const name of ['Kim', 'Lee'])
      await named(named(page, 'listitem', name), 'button', 'New link').click()
    const refused = Promise.all(
      ['Kim', 'Lee'].map(() => page.waitForResponse((answer) => answer.url().endsWith('/link'))),
    )
    letThrough()
    await refused
    const again = named(page, 'dialog', 'Enter your password again')
    await labelled(again, 'Password').fill(PASSWORD)
    await page.keyboard.press('Enter')
    for (const name of ['Kim', 'Lee'])
      await named(page, 'dialog', `A new link for ${name}`, { includeHidden: true }).waitFor({
        state: 'attached',
      })
    expect(await again.count()).toBe(0)
    await close()
  },
)

test.skipIf(!here)(
  'a second factor is turned on by its first code, and off by a code of it alone',
  async () => {
    const { page, close } = await openOwner('otto@stadium.example')
    await page.click('.person')
    await worded(page, 'Sign-in and devices').click()
    const card = named(page, 'region', 'Second factor')
    // In a browser where she signed in an hour ago, it asks for the password again.
    const { person } = await page.evaluate(async () => (await fetch('/v1/studio/sessions/current')).json())
    const left = await leftSession(roar, person, 3_600_000)
    await page.context().addCookies([{ name: 'roar-session', value: left, url: roar.url }])
    await named(card, 'button', 'Set up').click()
    const again = named(page, 'dialog', 'Enter your password again')
    await labelled(again, 'Password').fill(PASSWORD)
    expect(await findings(page)).toEqual([])
    await page.keyboard.press('Enter')
    const secret = (await card.locator('output').textContent())!
    await labelled(card, 'The code that it shows').fill(codeOf(secret, 0))
    await named(card, 'button', 'Turn on').click()
    await card.locator('.chip:text-is("on")').waitFor()
    expect(await findings(page)).toEqual([])
    const turnOff = async (code: string) => {
      await labelled(card, 'A code of your authenticator, or a recovery code').fill(code)
      await named(card, 'button', 'Turn off').click()
      await page.keyboard.press('Enter')
    }
    expect(await named(card, 'button', 'Turn off').isDisabled()).toBe(true)
    await turnOff('000000x')
    await says(card, 'needs one of its codes')
    await turnOff(codeOf(secret, 1))
    await named(card, 'button', 'Set up').waitFor()
    await close()
  },
)

test.skipIf(!here)(
  'a poll goes from draft to seal by the keyboard alone: the focus stays where the last button was',
  async () => {
    const show = 'by-keyboard'
    await api('POST', '/v1/studio/shows', { show, title: `نهائي ${MISCHIEF}` })
    await api('POST', `/v1/studio/shows/${show}/start`)
    const choices = ['a', 'b'].map((choice) => ({ choice, title: choice + MISCHIEF }))
    await api('POST', `/v1/studio/shows/${show}/polls`, {
      poll: 'best',
      question: `الأفضل ${MISCHIEF}`,
      choices,
    })
    // Twice as large as it is on a desktop.
    const { page, faults, close } = await openStudio(`/studio/shows/${show}/desk`, {
      viewport: { width: 720, height: 450 },
    })
    await named(page, 'button', 'Open').waitFor()
    const title = page.locator('h1')
    // Cut at its end, and not at its beginning, where the line is too short.
    expect(await title.evaluate((h1) => getComputedStyle(h1).direction)).toBe('rtl')
    const reach = (name: string, stopsMax: number) => pressed(page, named(page, 'button', name), stopsMax)
    const card = page.getByRole('article')
    const focusIsBack = () => page.waitForFunction(() => document.activeElement?.matches('article, section'))
    await reach('Open', 60)
    await worded(card, 'Open').waitFor()
    for (const [name, state] of [
      ['Close now', 'Closed'],
      ['Reveal', 'Revealed'],
      ['Seal', 'Sealed'],
    ] as const) {
      await focusIsBack()
      await reach(name, 4)
      await page.keyboard.press('Enter')
      await worded(card, state).waitFor()
    }
    expect(await findings(page)).toEqual([])
    expect(await page.evaluate(() => 'mischief' in window)).toBe(false)
    expect(faults).toEqual([])
    await close()
  },
)
