import { expect } from 'bun:test'
import { readFileSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { browserTests, live, openWindow, PHONE, tap } from '../../../test/browser/chromium.ts'

let url: string
let browser: Browser
let end: () => Promise<unknown>
const browserTest = browserTests((voting, opened) => {
  url = voting.url
  browser = opened
  end = () => voting.studio('POST', 'end')
})

browserTest('after the show everybody has a picture of it, with what they did themselves', async () => {
  const { page, faults, close } = await openWindow(browser, url, PHONE)
  await live(page)
  await page.click('[data-segment="home"]')
  for (let i = 0; i < 3; i++) await tap(page, '[data-sticker="six"]')
  await page.waitForFunction(() => document.querySelector('.mood-total')!.textContent === '3')
  await end()
  await page.click('.ribbon-last:has-text("Your recap")')
  const picture = page.locator('.recap-picture')
  await picture.waitFor()
  const said = (await picture.getAttribute('aria-label'))!.replaceAll(/[\u2068\u2069]/g, '')
  expect(said).toContain(
    'Harbour Lanterns v Highland Kites. 3 reactions of everybody. 3 were mine. With Harbour Lanterns',
  )
  const [saved] = await Promise.all([page.waitForEvent('download'), page.click('a.recap-act')])
  expect(saved.suggestedFilename()).toBe('final.png')
  // PNG, third edition, 11.2.1: the width is at byte 16.
  expect(readFileSync((await saved.path())!).readUInt32BE(16)).toBe(1080)
  await page.keyboard.press('Escape')
  await picture.waitFor({ state: 'detached' })
  await page.reload()
  await live(page)
  await page.click('.ribbon-last:has-text("Your recap")')
  expect(await picture.getAttribute('aria-label')).toContain('3 were mine')
  if (process.env.SHOT) await page.screenshot({ path: process.env.SHOT })
  expect(faults).toEqual([])
  await close()
  // Somebody who only watched is not told what they did not do.
  const watching = await openWindow(browser, url, PHONE)
  await live(watching.page)
  await watching.page.click('.ribbon-last:has-text("Your recap")')
  const theirs = await watching.page.locator('.recap-picture').getAttribute('aria-label')
  expect(theirs).toContain('3 reactions of everybody')
  expect(theirs).not.toContain('mine')
  if (process.env.SHOT) await watching.page.screenshot({ path: `${process.env.SHOT}.watched.png` })
  await watching.close()
})
