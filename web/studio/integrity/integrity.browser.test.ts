import { afterAll, beforeAll, expect, test } from 'bun:test'
import { source as AXE } from 'axe-core'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { DESKTOP, leaveChromium, openChromium, openWindow, PHONE } from '../../../test/browser/chromium.ts'
import { labelled, named, says } from '../../../test/browser/names.ts'
import { HANG_MS } from '../../../test/hang.ts'
import { needs } from '../../../test/needs.ts'
import { invited, ownerOf } from '../../../test/people/studio-client.ts'
import { startVoting, tokenOf, type Voting } from '../../../test/polls/voting.ts'

const FARM = '203.0.113.9'
const TABLET: BrowserContextOptions = { viewport: { width: 1024, height: 768 }, colorScheme: 'dark' }
const here = needs('chromium')
let roar: Voting
let browser: Browser

beforeAll(async () => {
  if (!here) return
  // So that what goes to quarantine does not depend on the pace of the machine.
  const flags = ['--trust-proxy', 'true', '--network-per-second', '1', '--network-burst', '5']
  roar = await startVoting({ flags })
  browser = await openChromium()
  await roar.create('mvp', { visibility: 'live' })
  await roar.act('mvp', 'open')
  for (let i = 0; i < 40; i++) {
    const headers = { authorization: `Bearer ${tokenOf(`v${i}`)}`, 'x-forwarded-for': FARM }
    const body = JSON.stringify({ choice: 'anna' })
    await fetch(`${roar.url}/v1/shows/final/polls/mvp/votes`, { method: 'POST', headers, body })
  }
}, HANG_MS)
afterAll(async () => {
  await leaveChromium(browser)
  await roar?.stop()
  roar?.data.remove()
}, HANG_MS)

async function openIntegrity(options: BrowserContextOptions) {
  const opened = await openWindow(browser, `${roar.url}/stickers/six.svg`, options)
  const token = tokenOf('ann', { name: 'Ann Weber', role: 'producer' })
  await opened.page.evaluate((kept) => sessionStorage.setItem('roar-studio-token', kept), token)
  await opened.page.goto(`${roar.url}/studio/shows/final/integrity`)
  return opened
}

/** A picture for whoever wants to look: SHOTS is a folder. */
async function shot(page: Page, name: string): Promise<void> {
  const folder = process.env.SHOTS
  if (folder !== undefined) await page.screenshot({ path: `${folder}/integrity-${name}.png`, fullPage: true })
}

async function findings(page: Page): Promise<string[]> {
  await page.evaluate(AXE)
  return page.evaluate(async () => {
    const { axe } = window as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> }
    }
    const { violations } = await axe.run()
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
  })
}

test.skipIf(!here)(
  'whence votes went to quarantine stands there in words with its figures, on a phone too, and no address does',
  async () => {
    for (const options of [PHONE, { ...DESKTOP, colorScheme: 'dark' as const }]) {
      const { page, faults, close } = await openIntegrity(options)
      const cohorts = named(page, 'region', 'Where the votes in quarantine came from')
      await says(cohorts, /too fast: \d+ were more than one network may send/)
      expect(await page.textContent('body')).not.toContain(FARM)
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThan(1)
      expect(await findings(page)).toEqual([])
      await shot(page, String(options.viewport!.width))
      expect(faults).toEqual([])
      await close()
    }
  },
)

test.skipIf(!here)(
  'where results take two people one asks at the integrity screen, and another approves it at the live desk',
  async () => {
    const roles = [{ role: 'producer' }]
    const owner = await ownerOf(roar)
    const people = await Promise.all(
      ['ann', 'ben'].map((name) => invited(owner, roar.url, { email: `${name}@stadium.example`, roles })),
    )
    await people[0]!.send('PATCH', '/shows/final', { rules: { approvals: 2 } })
    const [ann, ben] = await Promise.all(
      people.map(async (person, i) => {
        const opened = await openWindow(browser, `${roar.url}/stickers/six.svg`, i === 0 ? DESKTOP : TABLET)
        const [name, value] = person.cookie().split('=') as [string, string]
        await opened.page.context().addCookies([{ name, value, url: roar.url }])
        await opened.page.goto(`${roar.url}/studio/shows/final/${i === 0 ? 'integrity' : 'desk'}`)
        return opened
      }),
    )
    await named(ann!.page, 'button', 'Ask to count the quarantine').click()
    await labelled(ann!.page, 'Reason').fill('The office watches together')
    expect(await findings(ann!.page)).toEqual([])
    await ann!.page.keyboard.press('Enter')
    await says(ann!.page, 'Somebody else approves it.')
    await shot(ann!.page, 'asked')
    await says(named(ann!.page, 'list', 'Also here'), 'ben · Live desk')
    const waiting = named(ben!.page, 'region', 'Waiting for a second person')
    await says(waiting, 'The office watches together')
    await shot(ben!.page, 'asked-desk')
    expect(await findings(ben!.page)).toEqual([])
    await named(waiting, 'button', 'Approve').press('Enter')
    await ben!.page.keyboard.press('Enter')
    await waiting.waitFor({ state: 'detached' })
    await says(ann!.page, 'With quarantine ✓ counts')
    for (const { faults, close } of [ann!, ben!]) {
      expect(faults).toEqual([])
      await close()
    }
  },
)
