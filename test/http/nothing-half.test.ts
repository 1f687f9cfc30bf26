import { afterAll, beforeAll, expect, test } from 'bun:test'
import { startRoar } from '../embedded.ts'
import { SECRET, tokenOf } from '../polls/voting.ts'

let roar: Awaited<ReturnType<typeof startRoar>>
beforeAll(async () => {
  roar = await startRoar('--auth-secret', SECRET)
  await studio('POST', '/shows', JSON.stringify({ show: 'night', title: 'Night' }))
})
afterAll(() => roar.stop())

async function studio(method: string, path: string, body?: BodyInit) {
  const response = await fetch(`${roar.url}/v1/studio${path}`, {
    method,
    headers: { authorization: `Bearer ${tokenOf('pat', { role: 'producer' })}` },
    ...(body === undefined ? {} : { body }),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}
const night = async () => (await studio('GET', '/shows/night')).body
const choices = ['anna', 'ben'].map((choice) => ({ choice, title: choice }))

const change = (settings: object) => JSON.stringify(settings)
const video = (url: string, origins?: string[]) => change({ video: { url, ...(origins && { origins }) } })

test.each([
  ['a title that is not UTF-8', Buffer.from('{"title":"\xc3("}', 'latin1'), 'bad_json', 'is not UTF-8'],
  [
    'a title of half a surrogate',
    Buffer.from('{"title":"\xed\xa0\x80"}', 'latin1'),
    'bad_json',
    'is not UTF-8',
  ],
  ['a title that turns what follows', change({ title: 'Night\u202e' }), 'bad_request', 'U+202E'],
  ['a title of a filler', change({ title: '\u3164' }), 'bad_request', 'title: has nothing that can be seen'],
  [
    'a segment of nothing',
    change({ segments: [{ segment: 'a', title: '\u200b' }] }),
    'bad_request',
    'segments.0.title',
  ],
  [
    'a time after the year 9999',
    change({ starts: 253_402_300_800_000 }),
    'bad_request',
    'starts: is more than',
  ],
  ['a time that is no date', change({ ends: 8_640_000_000_000_001 }), 'bad_request', 'ends: is more than'],
  ['a pack twice', change({ packs: ['classic', 'classic'] }), 'bad_request', 'packs: has an entry twice'],
  ['a field that is not known', change({ titel: 'Night' }), 'bad_request', 'titel: is not a known field'],
  ['a video of every host', video('https://*.example/a.m3u8'), 'bad_request', 'video.url'],
  [
    'a video whose host ends a directive',
    video('https://a.example;sandbox/a.m3u8'),
    'bad_request',
    'video.url',
  ],
  ['a video at a host beside', video('/\\a.example/a.m3u8'), 'bad_request', 'video.url'],
  ['a video with a password', video('https://:secret@a.example/a.m3u8'), 'bad_request', 'video.url'],
  ['a video with a line break', video('https://a.example/a\r\nb'), 'bad_request', 'video.url'],
  [
    'parts from every host',
    video('https://a.example/a.m3u8', ['https://*']),
    'bad_request',
    'video.origins.0',
  ],
  [
    'parts from a second policy',
    video('https://a.example/a.m3u8', ['https://b,c']),
    'bad_request',
    'video.origins.0',
  ],
])('%s is refused, and nothing of the show is another', async (_, body, code, words) => {
  const before = await night()
  const refused = await studio('PATCH', '/shows/night', body)
  expect(refused).toMatchObject({ status: 400, body: { code } })
  expect(refused.body.detail).toContain(words)
  expect(await night()).toEqual(before)
})

test.each([
  ['a selector alone', '\ufe0f'],
  ['half a flag', '\u{1f1e9}'],
  ['a number', '1'],
])('%s is no emoji of a sticker', async (_, emoji) => {
  const put = await studio('PUT', '/packs/classic/stickers/new', JSON.stringify({ title: 'New', emoji }))
  expect(put).toMatchObject({ status: 400, body: { detail: 'emoji: is not one emoji' } })
})

test.each(['❤️', '1️⃣', '🇩🇪', '👨‍👩‍👧', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '👍🏽', '©️'])('%s is an emoji of a sticker', async (emoji) => {
  const put = await studio('PUT', '/packs/classic/stickers/new', JSON.stringify({ title: 'New', emoji }))
  expect(put.status).toBe(200)
})

test('a question that nobody can see is no poll', async () => {
  const poll = { poll: 'blank', question: 'a\u2028b', choices }
  expect(await studio('POST', '/shows/night/polls', JSON.stringify(poll))).toMatchObject({
    status: 400,
    body: { code: 'bad_poll', detail: 'question: has the character U+2028, which is not shown as it is' },
  })
})

test('a show that is over gets no new poll, and what is put away changes no more but for posts taken out', async () => {
  const created = { show: 'over', title: 'Over' }
  const poll = (id: string) => JSON.stringify({ poll: id, question: 'Who?', choices })
  const steps: [string, string, string | undefined, number][] = [
    ['POST', '/shows', JSON.stringify(created), 201],
    ['POST', '/shows/over/polls', poll('early'), 201],
    ['POST', '/shows/over/end', undefined, 200],
    ['POST', '/shows/over/polls', poll('late'), 409],
    ['POST', '/shows/over/polls/early/open', undefined, 409],
    ['POST', '/shows/over/archive', undefined, 200],
    ['PUT', '/shows/over/pin', '{"text":"Thanks"}', 409],
    ['PUT', '/shows/over/word-lists/en', '{"hold":["damn"]}', 409],
    ['POST', '/shows/over/viewers/ann/mute', undefined, 409],
    ['DELETE', '/shows/over/posts/3f2b8c1e', undefined, 200],
    ['DELETE', '/shows/over/pin', undefined, 200],
  ]
  for (const [method, path, body, status] of steps) {
    const answer = await studio(method, path, body)
    expect([method, path, answer.status]).toEqual([method, path, status])
    if (status === 409) expect(answer.body.code).toBe('wrong_state')
  }
})
