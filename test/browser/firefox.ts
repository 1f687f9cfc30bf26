import { launch } from 'puppeteer-core'
import type { OtherWindow } from './other-window.ts'

/** A bound against a browser that never starts: beside others a start takes half a minute and more. */
const START_MS_MAX = 150_000

/** One window of the system's Firefox, by WebDriver BiDi. */
export async function openFirefox(): Promise<OtherWindow> {
  const executablePath = Bun.which('firefox-esr') ?? 'firefox-esr'
  const browser = await launch({
    ...{ browser: 'firefox', executablePath, headless: true },
    timeout: START_MS_MAX,
  })
  const page = await browser.newPage()
  await page.setViewport({ width: 1280, height: 900 })
  return {
    open: async (url) => void (await page.goto(url)),
    run: (script) => page.evaluate((body) => new Function(body)() as unknown, script),
    close: () => browser.close(),
  }
}
