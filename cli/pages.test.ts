import { describe, expect, test } from 'bun:test'
import type { BunRequest } from 'bun'
import type { HttpServer } from '../services/http/routes.ts'
import { pages } from './pages.ts'

const PAGE_BYTES_MAX = 30 * 1024
const ELEMENT_BYTES_MAX = 40 * 1024

const routes = await pages()
const get = async (
  path: string,
  headers: Record<string, string> = {},
  from = routes,
  query = '',
): Promise<Response> => {
  const request = new Request(`http://roar.test${path}${query}`, { headers }) as BunRequest
  return (await from[path]!.GET!(request, undefined as unknown as HttpServer)) as Response
}
const gzipped = async (path: string) =>
  (await (await get(path, { 'accept-encoding': 'br, gzip' })).arrayBuffer()).byteLength

describe('the pages', () => {
  test('what the page loads before a tap is at most 30 KB gzip, and what an element loads at most 40 KB', async () => {
    const text = await (await get('/')).text()
    const [, entry] = /<script[^>]* src="\.(\/assets\/[^"]+\.js)"/.exec(text)!
    expect(await gzipped(entry!)).toBeLessThanOrEqual(PAGE_BYTES_MAX)
    for (const script of ['/roar-bar.js', '/elements.js'])
      expect(await gzipped(script)).toBeLessThanOrEqual(ELEMENT_BYTES_MAX)
  })

  test('everything that the page names is there', async () => {
    const page = await (await get('/')).text()
    // Relative, so that the page also works below a path.
    expect(page).not.toMatch(/(?:href|src)="\//)
    const named = [...page.matchAll(/(?:href|src)="\.(\/[^"]+)"/g)].map(([, path]) => path!)
    expect(named.length).toBeGreaterThanOrEqual(3)
    for (const path of named) expect((await get(path)).status).toBe(200)
  })

  test('no script is written into the page, and the policy forbids it', async () => {
    const response = await get('/')
    const policy = response.headers.get('content-security-policy')!
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
    expect(policy).not.toContain('unsafe')
    for (const [, attributes, body] of (await response.text()).matchAll(
      /<script([^>]*)>([^<]*)<\/script>/g,
    )) {
      expect(attributes).toContain('src="./assets/')
      expect(body!.trim()).toBe('')
    }
  })

  test('every page says what browsers must keep from it: strangers’ frames, scripts, devices', async () => {
    const partner = await pages({ framedBy: ['https://partner.example', 'https://tv.example:8443'] })
    const found: string[] = []
    for (const path of Object.keys(routes)) {
      const { headers } = await get(path)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('referrer-policy')).toBe('same-origin')
      if (!headers.get('content-type')!.startsWith('text/html')) continue
      found.push(path)
      const policy = headers.get('content-security-policy')!
      expect(policy).toStartWith("default-src 'none'; script-src 'self';")
      expect(policy).toContain("base-uri 'none'; form-action 'none'; frame-ancestors 'self'")
      expect(policy).toEndWith("'self'")
      expect(headers.get('x-frame-options')).toBe('SAMEORIGIN')
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
      expect(headers.get('permissions-policy')).toContain('camera=()')
      const framed = (await get(path, {}, partner)).headers.get('content-security-policy')!
      expect(framed).toEndWith("frame-ancestors 'self' https://partner.example https://tv.example:8443")
    }
    expect(found.sort()).toEqual(['/', '/overlay/:show', '/roar-bar'])
  })

  test('what has its hash in the name is kept for good, the rest is asked for again and answered with 304', async () => {
    for (const path of Object.keys(routes)) {
      const response = await get(path)
      const cache = response.headers.get('cache-control')!
      expect(cache.includes('immutable')).toBe(/^\/assets\/|-[a-z0-9]{8,}\.js$/.test(path))
      const again = await get(path, { 'if-none-match': `W/${response.headers.get('etag')}` })
      expect(again.status).toBe(304)
      expect((await again.arrayBuffer()).byteLength).toBe(0)
    }
  })

  test("scripts for other people's pages stay under their names, and say under which name they are kept for good", async () => {
    for (const path of [
      '/roar-bar.js',
      '/elements.js',
      '/poll.js',
      '/words/ar.js',
      '/client.js',
      '/client/votes.js',
      '/client/heads.js',
      '/client/player.js',
    ]) {
      const { headers } = await get(path)
      expect(headers.get('content-type')).toContain('javascript')
      const kept = new URL(headers.get('content-location')!, `http://roar.test${path}`).pathname
      expect(await (await get(kept)).text()).toBe(await (await get(path)).text())
      expect((await get(kept)).headers.get('cache-control')).toContain('immutable')
      expect((await get(kept)).headers.get('access-control-allow-origin')).toBe('*')
    }
  })

  test('compressed and plain are the same bytes', async () => {
    const plain = await (await get('/roar-bar.js')).bytes()
    const response = await get('/roar-bar.js', { 'accept-encoding': 'gzip' })
    expect(response.headers.get('content-encoding')).toBe('gzip')
    expect(Bun.gunzipSync(await response.bytes())).toEqual(plain)
    expect(response.headers.get('vary')).toBe('accept-encoding')
  })

  test("other people's pages may load the bar and the stickers, and a sticker runs no script", async () => {
    for (const path of ['/roar-bar.js', '/stickers/six.svg']) {
      expect((await get(path)).headers.get('access-control-allow-origin')).toBe('*')
    }
    const { headers } = await get('/stickers/six.svg')
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; style-src 'unsafe-inline'")
    expect(headers.get('content-type')).toBe('image/svg+xml')
  })

  test('a shared link has a title, a sentence, a picture, icons and a manifest, and each is there', async () => {
    const response = await get('/')
    const text = await response.text()
    const content = (property: string) =>
      new RegExp(`<meta property="${property}" content="([^"]+)"`).exec(text)?.[1]
    expect(content('og:title')).toContain('Roar')
    expect(content('og:description')).toContain('React')
    const linked = (rel: string) => new RegExp(`<link rel="${rel}" href="([^"]+)"`).exec(text)?.[1]
    const path = (reference: string | undefined, base = '/') =>
      new URL(reference!, `http://roar.test${base}`).pathname
    const manifest = path(linked('manifest'))
    const { icons } = (await (await get(manifest)).json()) as { icons: { src: string }[] }
    for (const [where, type] of [
      [path(content('og:image')), 'image/png'],
      [path(linked('icon')), 'image/svg+xml'],
      [path(linked('apple-touch-icon')), 'image/png'],
      [path(icons[0]!.src, manifest), 'image/svg+xml'],
    ] as const) {
      expect((await get(where)).headers.get('content-type')).toStartWith(type)
    }
    expect(response.headers.get('content-security-policy')).toContain("manifest-src 'self'")
  })

  test('a page loads a stream from the hosts that its show names, and any other show’s page from none', async () => {
    const origins = ['https://parts.example:8443']
    const video = {
      url: 'https://cdn.example/live/main.m3u8',
      poster: 'https://stills.example/1.jpg',
      origins,
    }
    const withVideo = await pages({ videoOf: (show) => (show === 'derby' ? video : undefined) })
    const policyOf = async (show: string) =>
      (await get('/', {}, withVideo, `?show=${show}`)).headers.get('content-security-policy')!
    const policy = await policyOf('derby')
    expect(policy).toContain("media-src 'self' blob: https://cdn.example https://parts.example:8443;")
    expect(policy).toContain("connect-src 'self' ws: wss: https://cdn.example https://parts.example:8443;")
    expect(policy).toContain("img-src 'self' data: https://stills.example;")
    expect(policy).toContain("frame-ancestors 'self'")
    const other = await policyOf('final')
    expect(other).not.toContain('example')
    expect(other).not.toContain('media-src')
  })

  test('a stream on this server needs no host', async () => {
    const own = await pages({ videoOf: () => ({ url: '/media/live.m3u8' }) })
    const policy = (await get('/', {}, own)).headers.get('content-security-policy')!
    expect(policy).toContain("media-src 'self' blob:;")
  })
})
