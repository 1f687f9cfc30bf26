import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { PREPARED_BYTES_MAX } from '../../protocol/limits.ts'
import type { Poll } from '../../protocol/polls.ts'
import type { Show, StickerPack } from '../../protocol/show.ts'
import { startRoar } from '../embedded.ts'
import { SECRET, tokenOf } from '../polls/voting.ts'

let roar: Awaited<ReturnType<typeof startRoar>>
beforeAll(async () => {
  roar = await startRoar('--auth-secret', SECRET)
})
afterAll(() => roar.stop())

async function studio<Answer = { code?: string; detail?: string }>(
  method: string,
  path: string,
  body?: unknown,
) {
  const response = await fetch(`${roar.url}/v1/studio${path}`, {
    method,
    headers: { authorization: `Bearer ${tokenOf('pat', { role: 'producer' })}` },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: (await response.json()) as Answer }
}
const CHOICES = ['anna', 'ben'].map((choice) => ({ choice, title: choice }))
const pollOf = (change: object) => ({ poll: 'meant', question: 'Who?', choices: CHOICES, ...change })
const withImage = (image: string) => pollOf({ choices: [{ ...CHOICES[0], image }, CHOICES[1]] })
/** Half a minute ago, in seconds by mistake. */
const SECONDS = 1_795_349_712

describe('what cannot have been meant is refused, and nothing is kept of it', () => {
  test.each([
    ['a picture of a choice that is a script', withImage('javascript:alert(1)')],
    ['one that is a page in its address', withImage('data:image/svg+xml,<svg onload=alert(1)>')],
    ['one of another server', withImage('https://evil.example/seen.png')],
    ['one of another server without its scheme', withImage('//evil.example/seen.png')],
    ['one of another server for a page of another scheme', withImage('https:evil.example/seen.png')],
    ['one of another server behind a backslash', withImage('/\\evil.example/seen.png')],
    ['one with a line in it', withImage('/media/a\n.png')],
    ['one that no record would hold', withImage(`/${'x'.repeat(2048)}`)],
    ['one that is nothing', withImage('')],
    ['a poll that opens at a time in seconds', pollOf({ opens: SECONDS })],
    ['an answer that is right twice', pollOf({ answer: ['anna', 'anna'] })],
  ])('%s', async (_, body) => {
    const { status, body: problem } = await studio('POST', '/shows/final/polls', body)
    expect([status, problem.code]).toEqual([400, 'bad_poll'])
    expect((await studio('GET', '/shows/final/polls/meant')).status).toBe(404)
  })

  test.each([
    ['a show that ends at a time in seconds', '', { ends: SECONDS }],
    ['one that begins so', '', { starts: SECONDS }],
    ['a show that is live and ends yesterday', '', { ends: Date.now() - 86_400_000 }],
    ['rules that are a list', '', { rules: [] }],
    ['switches of stickers that are a list', '/switches', { stickers: [] }],
    [
      'a switch of what no object may be asked for',
      '/switches',
      JSON.parse('{"stickers":{"__proto__":"off"}}'),
    ],
    [
      'a decision whose changes are a list',
      '/requests',
      { action: 'change', poll: 'mvp', changes: [], reason: 'x' },
    ],
  ])('%s', async (_, path, body) => {
    const before = await studio<Show>('GET', '/shows/final')
    const { status, body: problem } = await studio(
      path === '/requests' ? 'POST' : 'PATCH',
      `/shows/final${path}`,
      body,
    )
    expect([status, problem.code]).toEqual([400, 'bad_request'])
    expect(await studio<Show>('GET', '/shows/final')).toEqual(before)
  })
})

test('a picture of a choice on this server is one', async () => {
  for (const [i, image] of ['/media/d2a84f4b8b650937ec8f73cd8be2c74a.webp', 'stickers/six.svg'].entries()) {
    const { body } = await studio<Poll>('POST', '/shows/final/polls', {
      ...withImage(image),
      poll: `on-${i}`,
    })
    expect(body.choices[0]!.image).toBe(image)
  }
})

test('stickers that are called as what every object has are switched like others', async () => {
  // `v` is also a record's version field.
  const names = ['constructor', 'prototype', 'tostring', 'v']
  await studio('POST', '/packs', { pack: 'odd', title: 'Odd' })
  for (const name of names) await studio('PUT', `/packs/odd/stickers/${name}`, { title: name, emoji: '👷' })
  await studio('POST', '/shows', { show: 'odd', title: 'Odd', packs: ['odd'] })
  const off = Object.fromEntries(names.map((name) => [name, 'off']))
  expect(
    (await studio<Show>('PATCH', '/shows/odd/switches', { stickers: off })).body.switches!.stickers,
  ).toEqual(off as never)
  const { stickers } = (await (await fetch(`${roar.url}/v1/shows/odd`)).json()) as { stickers: unknown[] }
  expect(stickers).toEqual([])
  const wrong = await studio('PATCH', '/shows/odd/switches', { stickers: { constructor: 'of' } })
  expect(wrong).toMatchObject({ status: 400, body: { detail: 'stickers.constructor: is not on or off' } })
})

test('a sticker that one of its pack’s shows has no room for is in none of them, and in no pack', async () => {
  const fill = async (pack: string, count: number) => {
    await studio('POST', '/packs', { pack, title: pack })
    const stickers = Array.from({ length: count }, (_, i) => ({
      sticker: `${pack}-${i}`,
      title: 's',
      emoji: '👷',
    }))
    await roar.things.store!.savePack({ pack, title: pack, stickers, version: 2 }, { replaces: 1 })
  }
  await fill('large', 300)
  await fill('larger', 212)
  await studio('POST', '/shows', { show: 'a-roomy', title: 'Roomy', packs: ['large'] })
  await studio('POST', '/shows', { show: 'full', title: 'Full', packs: ['large', 'larger'] })
  const one = await studio('PUT', '/packs/large/stickers/one-more', { title: 'One more', emoji: '👷' })
  expect(one).toMatchObject({
    status: 400,
    body: { detail: expect.stringContaining('the show full cannot have it') },
  })
  const packs = (await studio<StickerPack[]>('GET', '/packs')).body
  expect(packs.find(({ pack }) => pack === 'large')!.stickers).toHaveLength(300)
  expect((await studio<Show>('GET', '/shows/a-roomy')).body.stickers).toHaveLength(300)
  // Replacing or removing a sticker is not limited by space.
  const again = await studio('PUT', '/packs/large/stickers/large-0', { title: 'Other', emoji: '👷' })
  expect(again.status).toBe(200)
  expect((await studio('DELETE', '/packs/large/stickers/large-1')).status).toBe(200)
  expect((await studio<Show>('GET', '/shows/full')).body.stickers).toHaveLength(511)
})

test('a takedown is held up by no other pack’s sticker of the same id, however large: it stays away too', async () => {
  const heavy = (sticker: string, letter = 'k') => ({
    ...{ sticker, title: 's', emoji: '👷' },
    keywords: Array.from({ length: 32 }, () => letter.repeat(64)),
  })
  const keep = async (pack: string, stickers: StickerPack['stickers']) => {
    await studio('POST', '/packs', { pack, title: pack })
    await roar.things.store!.savePack({ pack, title: pack, stickers, version: 2 }, { replaces: 1 })
  }
  await keep('cover', [{ sticker: 'taken', title: 's', emoji: '👷' }])
  // Leaves room for a small one, but not for another large one.
  const bytes = JSON.stringify({ category: 'heavy', ...heavy('heavy-100') }).length
  const others = Math.floor(PREPARED_BYTES_MAX / bytes) - 1
  const stickers = [heavy('taken', '心'), ...Array.from({ length: others }, (_, i) => heavy(`heavy-${i}`))]
  await keep('heavy', stickers)
  const bare = { show: 'bare', title: 'Bare', packs: ['heavy'] }
  expect(await studio('POST', '/shows', bare)).toMatchObject({
    status: 400,
    body: { detail: expect.stringContaining(`${PREPARED_BYTES_MAX} at most`) },
  })
  const both = { show: 'covered', title: 'Covered', packs: ['cover', 'heavy'] }
  expect(await studio('POST', '/shows', both)).toMatchObject({ status: 201 })
  expect(await studio('DELETE', '/packs/cover/stickers/taken')).toMatchObject({ status: 200 })
  const { body: covered } = await studio<Show>('GET', '/shows/covered')
  expect(covered.stickers.map(({ sticker }) => sticker)).not.toContain('taken')
  expect(covered.stickers).toHaveLength(others)
  expect(covered).toMatchObject({ removed: ['taken'] })
})
