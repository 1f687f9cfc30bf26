import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { ask, bye, get, post, REACTIONS, type Side, start, tap } from '../../../test/fuzz/lane-rig.ts'
import { jsonResponse } from '../responses.ts'
import type { Routes } from '../routes.ts'
import { CHUNKED_BYTES_MAX, ChunkReader, withLength } from './chunks.ts'

const readAll = (reader: ChunkReader, text: string) => {
  for (;;) {
    const read = reader.read(text)
    if (read !== 'more') return read
  }
}
const readChunks = (text: string, at: number) => readAll(new ChunkReader(at), text)

describe('what is in doubt is left to the server', () => {
  test.each([
    ['no size', '\r\n'],
    ['a size that is none', 'x\r\n'],
    ['a size with a sign', '+2\r\nab\r\n0\r\n\r\n'],
    ['a size with a space', '2 \r\nab\r\n0\r\n\r\n'],
    ['a size that begins like a number in code', '0x2\r\nab\r\n0\r\n\r\n'],
    ['a size beyond all bodies', 'ffffffff\r\n'],
    ['an extension', '2;a=b\r\nab\r\n0\r\n\r\n'],
    ['a line feed alone', '2\nab\n0\n\n'],
    ['more data than its size', '2\r\nabc\r\n0\r\n\r\n'],
    ['less data than its size', '3\r\nab\r\n0\r\n\r\n'],
    ['a longer body than may be', `${'400\r\n'.concat('x'.repeat(0x400), '\r\n').repeat(5)}0\r\n\r\n`],
    ['a longer body than may be in very many chunks', `${'1\r\na\r\n'.repeat(4097)}0\r\n\r\n`],
    ['a size of five digits', '00001\r\na\r\n0\r\n\r\n'],
    ['a trailer that is no field', '0\r\nnothing\r\n\r\n'],
    ['a trailer that is folded', '0\r\nX: a\r\n b\r\n\r\n'],
    ['a trailer section without end', `0\r\n${'X: a\r\n'.repeat(300)}`],
  ])('%s', (_, text) => expect(readChunks(text, 0)).toBe('unsupported'))
})

test('a body that has begun well may become one, however far it has come', () => {
  const text = '3\r\nabc\r\n1A\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\nX-Sum: 1\r\nX-B:\r\n\r\n'
  for (let length = 0; length < text.length; length++)
    expect([length, readChunks(text.slice(0, length), 0)]).toEqual([length, 'partial'])
  expect(readChunks(`${text}GET`, 0)).toEqual({ body: 'abcabcdefghijklmnopqrstuvwxyz', end: text.length })
})

test('the longest body is read a byte in each chunk, and each chunk once, however it is cut into pieces', () => {
  const text = `${'0001\r\na\r\n'.repeat(4096)}0000\r\n${`X: ${'x'.repeat(995)}\r\n`}\r\n`
  expect(text.length).toBeLessThanOrEqual(CHUNKED_BYTES_MAX)
  const reader = new ChunkReader(0)
  for (let length = 0; length < text.length; length += 7)
    expect(reader.read(text.slice(0, length))).toBe('partial')
  // What was read before is not looked at again.
  const behind = `${'!'.repeat(text.length - 1100)}${text.slice(-1100)}`
  expect(reader.read(behind)).toEqual({ body: 'a'.repeat(4096), end: text.length })
})

test('sixty-four chunks are read at once, and the rest afterwards', () => {
  const reader = new ChunkReader(0)
  const text = `${'1\r\na\r\n'.repeat(130)}0\r\n\r\n`
  expect([reader.read(text), reader.read(text)]).toEqual(['more', 'more'])
  expect(reader.read(text)).toEqual({ body: 'a'.repeat(130), end: text.length })
  expect(new ChunkReader(0).read(`${'1\r\na\r\n'.repeat(64)}0\r\n\r\n`)).toMatchObject({
    body: 'a'.repeat(64),
  })
})

test('for the server it is a request that says its length, once', () => {
  const head = 'POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nX: $&\r\n\r\n'
  expect(withLength(head, '\xff\xfe').toString('latin1')).toBe(
    'POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nX: $&\r\n\r\n\xff\xfe',
  )
})

describe('a chunked request is answered as one that says its length', () => {
  let lane: Side
  beforeAll(async () => {
    // Slower than the runtime takes to refuse what follows the chunks.
    const later = (text: string) =>
      new Promise<Response>((done) => setTimeout(() => done(jsonResponse(text)), 5))
    const routes: Routes = { '/echo': { POST: async (request) => later(await request.text()) } }
    lane = await start(true, { routes })
  })
  afterAll(() => lane.http.close())

  const bodies = fc.constantFrom(
    '{"stickers":{"heart":1}}',
    '{"stickers":{"six":3},"segment":"home"}',
    '{"stickers":{"six":1},"note":"\xc3\xbc"}',
    '{"stickers":{"duck":1}}',
    'no JSON',
    '0\r\n\r\nGET / HTTP/1.1\r\n\r\n',
  )
  const trailers = fc.constantFrom(
    '',
    'X-Sum: 1\r\n',
    'Content-Length: 5\r\nHost: y\r\n',
    'Authorization: Bearer a\r\n',
  )
  const targets = fc.constantFrom(REACTIONS, '/echo', '/nowhere')
  const cuts = fc.array(fc.nat(400), { maxLength: 6 })

  /** The text in pieces, cut at these places. */
  const inPieces = (text: string, places: number[]): string[] => {
    const all = [...new Set([0, ...places.map((place) => place % text.length), text.length])].sort(
      (a, b) => a - b,
    )
    return all.slice(1).map((place, index) => text.slice(all[index], place))
  }
  const chunked = (
    target: string,
    body: string,
    { sizes, trailer }: { sizes: number[]; trailer: string },
  ) => {
    const chunks = inPieces(body, sizes).map((data) => `${data.length.toString(16)}\r\n${data}\r\n`)
    return `POST ${target} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${chunks.join('')}0\r\n${trailer}\r\n`
  }

  test('whatever the chunks, the trailers and the pieces in which they come, and whatever comes after', async () => {
    let conversations = 0
    await fc.assert(
      fc.asyncProperty(
        targets,
        bodies,
        cuts,
        trailers,
        cuts,
        async (target, body, sizes, trailer, places) => {
          const after = tap + get('/nothing') + bye
          const sent = chunked(target, body, { sizes, trailer }) + after
          conversations += 2
          const inChunks = await ask(lane, inPieces(sent, places))
          expect(inChunks).toEqual(await ask(lane, inPieces(post(body, '', target) + after, places)))
        },
      ),
      { numRuns: 100 },
    )
    // The last request of each asks for the end, and nothing before it was in doubt.
    expect(lane.http.fastLane!.counters.tunnelled).toBe(conversations)
  })
})
