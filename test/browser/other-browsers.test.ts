import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { needs } from '../needs.ts'
import { startVoting, type Voting } from '../polls/voting.ts'
import { openFirefox } from './firefox.ts'
import { NoAnswer, type OtherWindow } from './other-window.ts'
import { MINI_BROWSER, openWebKit } from './webkit.ts'

/** Limit of one step, so that a failing test says which step was not reached and what was shown. */
const STEP_MS = 100_000
/** Never reached while steps succeed, however slowly: the machine may have other work. */
const TIMEOUT_MS = 480_000
const SHOWN = `
  const data = ['.dot', '.ribbon-line', '.poll', '.poll-verdict', '.post']
    .map((name) => name + ' ' + JSON.stringify({ ...document.querySelector(name)?.dataset }))
  return [...data, document.body.innerText].join('\\n')`

const BROWSERS = [
  { name: 'Firefox', here: needs('firefox-esr'), open: openFirefox },
  {
    name: 'WebKit',
    here:
      ['WebKitWebDriver', 'Xvfb'].map((program) => needs(program)).every(Boolean) && existsSync(MINI_BROWSER),
    open: openWebKit,
  },
]

describe.each(BROWSERS)('in $name', ({ here, open }) => {
  let roar: Voting
  let page: OtherWindow
  beforeAll(async () => {
    if (!here) return
    roar = await startVoting()
    page = await open()
  }, TIMEOUT_MS)
  afterAll(async () => {
    await page?.close()
    await roar?.stop()
    roar?.data.remove()
  }, TIMEOUT_MS)

  /** Waits until an expression is true in the page. @throws with what the page shows instead, after `STEP_MS` */
  async function until(expression: string): Promise<void> {
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

  test.skipIf(!here)(
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
    TIMEOUT_MS,
  )
})
