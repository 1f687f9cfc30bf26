import { launch } from 'puppeteer-core'
import { answering, type OtherWindow, SILENT_MS_MAX } from './other-window.ts'

/** Only against a browser that never starts: on a busy machine a start takes half a minute and more. */
const START_MS_MAX = 150_000

/** One window of the system's Firefox, by WebDriver BiDi. */
export async function openFirefox(): Promise<OtherWindow> {
  const executablePath = Bun.which('firefox-esr') ?? 'firefox-esr'
  const browser = await launch({
    ...{ browser: 'firefox', executablePath, headless: true },
    timeout: START_MS_MAX,
    protocolTimeout: SILENT_MS_MAX,
  })
  const page = await browser.newPage()
  // The client does not answer the page's dialogs, and an open dialog blocks everything else.
  page.on('dialog', (dialog) => void dialog.dismiss())
  page.setDefaultTimeout(SILENT_MS_MAX)
  await page.setViewport({ width: 1280, height: 900 })
  return answering({
    open: async (url) => void (await page.goto(url)),
    run: (script) => page.evaluate((body) => new Function(body)() as unknown, script),
    picture: () => page.screenshot(),
    close: () => browser.close(),
  })
}
