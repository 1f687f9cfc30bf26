import { existsSync } from 'node:fs'
import { needs } from '../needs.ts'
import { openFirefox } from './firefox.ts'
import { NoAnswer, type OtherWindow } from './other-window.ts'
import { MINI_BROWSER, openWebKit } from './webkit.ts'

/** A browser that tests drive by scripts alone. */
export interface DrivenBrowser {
  name: string
  /** Whether it is installed. */
  here: boolean
  open(): Promise<OtherWindow>
}

/** Those that are no Chromium. */
export const OTHER_BROWSERS: DrivenBrowser[] = [
  { name: 'Firefox', here: needs('firefox-esr'), open: openFirefox },
  {
    name: 'WebKit',
    here:
      ['WebKitWebDriver', 'Xvfb'].map((program) => needs(program)).every(Boolean) && existsSync(MINI_BROWSER),
    open: openWebKit,
  },
]

/** Limit of one step, so that a failing test says which step was not reached and what was shown. */
const STEP_MS = 100_000
/** Of a whole test. Never reached while steps succeed, however slowly: the machine may have other work. */
export const EVENING_MS = 480_000
const SHOWN = `
  const data = ['.dot', '.ribbon-line', '.poll', '.poll-verdict', '.post', '.swarm']
    .map((name) => name + ' ' + JSON.stringify({ ...document.querySelector(name)?.dataset }))
  return [...data, document.body.innerText].join('\\n')`

/** Waits until an expression is true in a page. @throws with what the page shows instead, after `STEP_MS` */
export async function untilShown(page: OtherWindow, expression: string): Promise<void> {
  const endMs = performance.now() + STEP_MS
  const isSo = () =>
    page.run(`return Boolean(${expression})`).catch((cause) => {
      if (!(cause instanceof NoAnswer)) throw cause
      return false
    })
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error(`not so: ${expression}\n${await page.run(SHOWN)}`)
    await Bun.sleep(50)
  }
}
