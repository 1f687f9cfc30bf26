import { describe, expect, test } from 'bun:test'
import type { BunRequest } from 'bun'
import type { HttpServer } from '../services/http/routes.ts'
import { bundleStudio } from './studio-files.ts'
import { studioPages } from './studio-pages.ts'

const FIRST_VIEW_BYTES_MAX = 200 * 1024

const routes = studioPages()
const files = await bundleStudio()
const text = (name: string) => new TextDecoder().decode(files[name]!.bytes)
const get = async (path: string) => {
  const name = path.split('/studio/assets/')[1]
  const route = name !== undefined ? '/studio/assets/:name' : path === '/studio' ? '/studio' : '/studio/*'
  const request = Object.assign(new Request(`http://roar.test${path}`), { params: { name } })
  const answer = routes[route]!.GET!(request as unknown as BunRequest, undefined as unknown as HttpServer)
  return (await answer) as Response
}

/** What the page names, and what that loads before anything is drawn. */
function firstView(): Set<string> {
  const loaded = new Set<string>()
  const load = (name: string) => {
    if (loaded.has(name)) return
    loaded.add(name)
    for (const [, next] of text(name).matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)) load(next!)
  }
  for (const [, name] of text('index.html').matchAll(/assets\/([^"]+)/g)) load(name!)
  return loaded
}

describe('the studio', () => {
  test('its first view is at most 200 KB gzip, and other screens are loaded when they are opened', () => {
    const first = firstView()
    const sizes = [...first].map((name) => Bun.gzipSync(files[name]!.bytes, { level: 9 }).byteLength)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(FIRST_VIEW_BYTES_MAX)
    expect(Object.keys(files).filter((name) => name.endsWith('.js') && !first.has(name))).not.toEqual([])
  })

  test('the same tree gives the same files, name by name', async () => {
    const again = await bundleStudio()
    expect(Object.keys(again).sort()).toEqual(Object.keys(files).sort())
    for (const [name, { bytes }] of Object.entries(files)) expect(again[name]!.bytes).toEqual(bytes)
  })

  test('at each of its addresses it finds its files, also below a proxy’s path', async () => {
    for (const path of [
      '/studio',
      '/studio/',
      '/studio/people',
      '/studio/shows/final/desk',
      '/live/studio/shows/final/desk',
    ]) {
      const page = await (await get(path)).text()
      const named = [...page.matchAll(/(?:href|src)="([^"]+)"/g)].map(
        ([, at]) => new URL(at!, `http://roar.test${path}`),
      )
      const root = path.startsWith('/live') ? '/live' : ''
      expect(named.map(({ pathname }) => pathname).sort()).toEqual([
        `${root}/stickers/six.svg`,
        ...named
          .map(({ pathname }) => pathname)
          .filter((at) => at.startsWith(`${root}/studio/assets/`))
          .sort(),
      ])
      expect(named).toHaveLength(3)
    }
  })

  test('its files are kept for good, it is asked for each time, and stands in nobody’s frame', async () => {
    const page = await get('/studio')
    expect(page.headers.get('cache-control')).toBe('no-cache')
    const policy = page.headers.get('content-security-policy')!
    expect(policy).toStartWith("default-src 'none'; script-src 'self'; style-src 'self';")
    expect(policy).toEndWith("frame-ancestors 'none'")
    expect(policy).not.toContain('unsafe')
    for (const name of firstView()) {
      expect((await get(`/studio/assets/${name}`)).headers.get('cache-control')).toContain('immutable')
    }
    expect(get('/studio/assets/none.js')).rejects.toMatchObject({ code: 'not_found' })
  })
})
