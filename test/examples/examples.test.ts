import { afterAll, beforeAll, expect, test } from 'bun:test'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { openChromium, openWindow } from '../browser/chromium.ts'
import { named } from '../browser/names.ts'
import { startRoar, type TestRoar } from '../embedded.ts'
import { HANG_MS } from '../hang.ts'
import { needs } from '../needs.ts'
import { ownerOf } from '../people/studio-client.ts'

const EXAMPLES = join(import.meta.dir, '../../examples')
/** Debian's own: libraries from its packages are not visible to another Python. */
const PYTHON = '/usr/bin/python3'
const hasPaho = () => Bun.spawnSync([PYTHON, '-c', 'import paho.mqtt.subscribe']).success

let roar: TestRoar
beforeAll(async () => {
  roar = await startRoar('--mqtt-port', '0')
})
afterAll(() => roar.stop())

const tap = (stickers: Record<string, number>) =>
  fetch(`${roar.url}/v1/shows/final/reactions`, { method: 'POST', body: JSON.stringify({ stickers }) })

test.skipIf(!needs('node'))(
  'show.mjs makes a show and an open poll with a key for machines, and again the same',
  async () => {
    const owner = await ownerOf(roar)
    const { body } = await owner.send('POST', '/api-keys', { name: 'Backend', scopes: ['producer'] })
    const run = async () => {
      const child = Bun.spawn(['node', join(EXAMPLES, 'show.mjs'), 'derby'], {
        env: { PATH: process.env.PATH, ROAR_URL: roar.url, ROAR_API_KEY: body.secret },
      })
      const said = await new Response(child.stdout).text()
      expect(await child.exited).toBe(0)
      return JSON.parse(said)
    }
    expect(await run()).toMatchObject({ poll: 'mvp', state: 'open' })
    expect(await run()).toMatchObject({ poll: 'mvp', state: 'open' })
  },
)

test.skipIf(!needs('paho-mqtt', hasPaho()))('listen.py says what the crowd feels', async () => {
  expect((await tap({ heart: 3 })).status).toBe(202)
  const child = Bun.spawn(
    [PYTHON, join(EXAMPLES, 'listen.py'), 'final', '127.0.0.1', String(roar.mqttPort)],
    { stdout: 'pipe' },
  )
  let said = ''
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    said += chunk
    if (/^\d+ now, 3 so far:/m.test(said)) break
  }
  child.kill()
  await child.exited
  expect(said).toMatch(/^3 now, 3 so far: heart 3$|^0 now, 3 so far: /m)
})

const hasChromium = needs('chromium')
let browser: Browser
let stranger: Bun.Server<unknown>
beforeAll(async () => {
  if (!hasChromium) return
  const built = await Bun.build({ entrypoints: [join(EXAMPLES, 'react.tsx')], target: 'browser' })
  const script = await built.outputs[0]!.text()
  const page =
    '<!doctype html><link rel="icon" href="data:,"><div id="root"></div><script type="module" src="/react.js"></script>'
  stranger = Bun.serve({
    port: 0,
    routes: {
      '/page.html': new Response(Bun.file(join(EXAMPLES, 'page.html'))),
      '/react.html': new Response(page, { headers: { 'content-type': 'text/html' } }),
      '/react.js': new Response(script, { headers: { 'content-type': 'text/javascript' } }),
      '/favicon.ico': new Response(null, { status: 204 }),
    },
  })
  browser = await openChromium()
}, HANG_MS)
afterAll(async () => {
  await browser?.close()
  await stranger?.stop(true)
}, HANG_MS)

for (const name of ['page', 'react']) {
  test.skipIf(!hasChromium)(
    `the example ${name} taps from another origin, and shows the crowd's taps`,
    async () => {
      const at = `http://localhost:${stranger.port}/${name}.html?roar=${encodeURIComponent(roar.url)}&show=final`
      const { page, faults, close } = await openWindow(browser, at)
      await named(page, 'button', 'Four!').click()
      await page
        .getByRole('status')
        .filter({ hasText: /[1-9]\d* so far/ })
        .first()
        .waitFor()
      expect(faults).toEqual([])
      await close()
    },
  )
}
