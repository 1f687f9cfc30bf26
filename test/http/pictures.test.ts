import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ShowDocument, StickerPack } from '../../protocol/show.ts'
import {
  bytes,
  claiming,
  joined,
  lottie,
  moving,
  png,
  svg,
  zip,
} from '../../services/media/worker/pictures-fixture.ts'
import { startRoar } from '../embedded.ts'
import { HANG_MS } from '../hang.ts'
import { SECRET, tokenOf } from '../polls/voting.ts'
import { until } from '../until.ts'

const BOSS = tokenOf('boss', { role: 'producer' })

let roar: Awaited<ReturnType<typeof startRoar>>
beforeAll(async () => {
  roar = await startRoar('--auth-secret', SECRET, '--window-ms', '50')
  await studio('POST', '/packs', JSON.stringify({ pack: 'art', title: 'Art' }))
  await studio('POST', '/shows', JSON.stringify({ show: 'gala', title: 'Gala', packs: ['classic', 'art'] }))
  await studio('POST', '/shows/gala/start')
}, HANG_MS)
afterAll(() => roar.stop())

async function studio(method: string, path: string, body?: BodyInit, headers: Record<string, string> = {}) {
  const response = await fetch(`${roar.url}/v1/studio${path}`, {
    method,
    headers: { authorization: `Bearer ${BOSS}`, ...headers },
    ...(body !== undefined && { body }),
  })
  return {
    status: response.status,
    body: (await response.json()) as StickerPack & { code?: string; detail?: string },
  }
}
const put = (sticker: string, file: BodyInit, headers?: Record<string, string>) =>
  studio('PUT', `/packs/art/stickers/${sticker}`, file, headers)
const document = async () => (await (await fetch(`${roar.url}/v1/shows/gala`)).json()) as ShowDocument
const inShow = async (sticker: string) => (await document()).stickers.find((one) => one.sticker === sticker)
const files = (): string[] => {
  try {
    return readdirSync(join(roar.data, 'media')).sort()
  } catch {
    // Nothing was ever stored.
    return []
  }
}
const nameOf = (address = '') => address.replace('/media/', '')
const statusOf = async (address: string) => (await fetch(roar.url + address)).status
const tap = async (stickers: Record<string, number>) =>
  (await fetch(`${roar.url}/v1/shows/gala/reactions`, { method: 'POST', body: JSON.stringify({ stickers }) }))
    .status
const total = async () =>
  ((await (await fetch(`${roar.url}/v1/shows/gala/mood`)).json()) as { total: number }).total

test('a picture is served for good under its hash, in every show of its pack, whatever it was called', async () => {
  const sent = await put('flag?title=Die%20Fahne', await png(), { 'content-type': 'text/html' })
  expect(sent.status).toBe(200)
  const { image, thumb } = sent.body.stickers[0]!
  expect(await inShow('flag')).toEqual({
    sticker: 'flag',
    title: 'Die Fahne',
    category: 'Art',
    image: image!,
    thumb: thumb!,
  })
  expect(files()).toEqual([nameOf(image), nameOf(thumb)].sort())
  for (const address of [image!, thumb!]) {
    const response = await fetch(roar.url + address)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'image/webp',
      'cache-control': 'public, max-age=31536000, immutable',
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
    })
    const hash = new Bun.CryptoHasher('sha256').update(await response.bytes()).digest('hex')
    expect(nameOf(address)).toBe(`${hash.slice(0, 32)}.webp`)
    const etag = response.headers.get('etag')!
    const again = await fetch(roar.url + address, { headers: { 'if-none-match': etag } })
    expect([again.status, (await again.bytes()).length]).toEqual([304, 0])
  }
  // New words keep the picture, and a new picture keeps the words.
  const words = { title: 'Fähnchen', keywords: ['fähnlein'], category: 'Stoff', aliases: ['flag-old'] }
  const worded = await put('flag', JSON.stringify(words))
  expect(worded.body.stickers[0]).toEqual({ sticker: 'flag', ...words, image: image!, thumb: thumb! })
  const moved = await put('flag', await moving('gif'))
  expect(moved.body.stickers[0]).toMatchObject(words)
  expect(moved.body.stickers[0]!.image).not.toBe(image)
  // Its files are not used any more.
  expect(files()).toHaveLength(2)
  await until(async () => (await statusOf(image!)) === 404)
})

test('an SVG, a Lottie and an emoji in the place of one another', async () => {
  for (const file of [svg('<circle r="9"/>'), lottie(), zip({ 'a/1.json': lottie({ op: 5 }) })]) {
    const { status, body } = await put('kind?title=Kind', file)
    expect([status, body.stickers.find(({ sticker }) => sticker === 'kind')!.image !== undefined]).toEqual([
      200,
      true,
    ])
  }
  const before = files().length
  const { body } = await put('kind', JSON.stringify({ title: 'Kind', emoji: '🧒' }))
  expect(body.stickers.find(({ sticker }) => sticker === 'kind')).toEqual({
    sticker: 'kind',
    title: 'Kind',
    emoji: '🧒',
  })
  expect(files()).toHaveLength(before - 2)
  expect(await put('other', JSON.stringify({ title: 'Nothing to see' }))).toMatchObject({
    status: 400,
    body: { code: 'bad_request', detail: 'emoji: is required for a sticker without a picture' },
  })
})

const chunked = (length: number) =>
  new ReadableStream({
    async start(controller) {
      for (let sent = 0; sent < length; sent += 65_536) {
        controller.enqueue(new Uint8Array(65_536))
        await Bun.sleep(0)
      }
      controller.close()
    },
  })

test.each([
  ['a page that says to be a PNG', 'a?title=A', () => bytes('<html></html>'), 400, 'bad_picture'],
  ['nothing', 'a?title=A', () => bytes(''), 400, 'bad_picture'],
  ['a bomb', 'a?title=A', () => claiming(50_000, 50_000), 400, 'bad_picture'],
  [
    'a script in an SVG that needs a page',
    'a?title=A',
    () => svg('<script/><image href="https://a.example/"/>'),
    400,
    'bad_picture',
  ],
  ['a zip as Lottie', 'a?title=A', () => zip({ 'evil.js': bytes('evil') }), 400, 'bad_picture'],
  ['50 MB', 'a?title=A', () => new Uint8Array(50_000_000), 413, 'too_large'],
  ['50 MB that do not say so', 'a?title=A', () => chunked(50_000_000), 413, 'too_large'],
  ['a picture without a title', 'a', () => png('#00f'), 400, 'bad_request'],
  ['a title of control characters', 'a?title=%00%07', () => png('#00f'), 400, 'bad_request'],
  ['half a character', 'a?title=%ED%A0%BD', () => bytes(''), 400, 'bad_request'],
  ['no id', 'A%20B?title=A', () => png('#00f'), 400, 'unknown_sticker'],
  ['JSON that is none', 'a?title=A', () => bytes('{"title":'), 400, 'bad_json'],
  [
    'a sticker with an alias that is another',
    'a',
    () => bytes('{"title":"A","emoji":"🅰️","aliases":["flag"]}'),
    400,
    'bad_request',
  ],
  ['a sticker that is an alias', 'flag-old?title=A', () => png('#00f'), 400, 'bad_request'],
] as const)('%s is refused, and nothing is kept of it', async (_, sticker, file, status, code) => {
  const [kept, before] = [files(), await document()]
  const answer = await put(sticker, (await file()) as BodyInit, { 'content-type': 'image/png' })
  expect([answer.status, answer.body.code as string]).toEqual([status, code])
  expect([files(), await document()]).toEqual([kept, before])
})

test('what is not the picture of its name, as half of a file, is not served for a year in its place', async () => {
  const { body } = await put('half?title=Half', await png('#f0f'))
  const { image } = body.stickers.find(({ sticker }) => sticker === 'half')!
  const path = join(roar.data, 'media', nameOf(image))
  const whole = readFileSync(path)
  writeFileSync(path, whole.subarray(0, whole.length / 2))
  expect(await statusOf(image!)).toBe(503)
  writeFileSync(path, whole)
  expect(await statusOf(image!)).toBe(200)
  await studio('DELETE', '/packs/art/stickers/half')
})

test('names are what they are in every script', async () => {
  const names = ['दिल', 'قلب', '心', 'ლოტო', '👨‍👩‍👧‍👦', 'à'.normalize('NFD'), '<b>&amp;</b>', 'می‌خواهم']
  for (const [i, name] of names.entries()) {
    const { body } = await put(`name-${i}`, JSON.stringify({ title: name, keywords: [name], emoji: '🔤' }))
    expect(body.stickers.at(-1)).toMatchObject({ title: name, keywords: [name] })
  }
  expect(
    (await put('name-0?title=%F0%9F%87%AE%F0%9F%87%B3', await png('#0f0'))).body.stickers.find(
      ({ sticker }) => sticker === 'name-0',
    )!.title,
  ).toBe('🇮🇳')
})

test('a sticker that is taken down is gone from the show and its address, its taps refuse nothing else', async () => {
  const { body } = await put('gone?title=Gone', await png('#0ff'))
  const { image, thumb } = body.stickers.find(({ sticker }) => sticker === 'gone')!
  // Another sticker may have the same picture.
  await put('twin?title=Twin', await png('#0ff'))
  await put('gone', JSON.stringify({ title: 'Gone', aliases: ['gone-dark'] }))
  const before = await total()
  expect(await tap({ gone: 1, 'gone-dark': 2, heart: 4 })).toBe(202)
  await until(async () => (await total()) === before + 7)

  expect((await studio('DELETE', '/packs/art/stickers/gone')).status).toBe(200)
  expect(await inShow('gone')).toBeUndefined()
  expect([await statusOf(image!), await tap({ gone: 1, 'gone-dark': 1, heart: 1 })]).toEqual([200, 202])
  await studio('DELETE', '/packs/art/stickers/twin')
  await until(async () => (await statusOf(image!)) === 404 && (await statusOf(thumb!)) === 404)
  expect(await statusOf('/media/..%2f..%2froar.db')).toBe(404)
  await until(async () => (await total()) === before + 8)
})

test('while a hostile picture is drawn, taps are answered', async () => {
  const slow = svg(
    `<filter id="f"><feTurbulence baseFrequency="0.9" numOctaves="9"/><feGaussianBlur stdDeviation="99"/></filter>${'<rect width="10" height="10" filter="url(#f)"/>'.repeat(6)}`,
  )
  const drawn = put('slow?title=Slow', joined(slow))
  let answered = 0
  const done = drawn.then(() => true)
  while (!(await Promise.race([done, Bun.sleep(1).then(() => false)])))
    answered += Number((await tap({ heart: 1 })) === 202)
  expect(answered).toBeGreaterThan(10)
})
