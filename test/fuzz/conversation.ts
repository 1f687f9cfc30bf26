import fc from 'fast-check'
import { bye, get, POSTS, post, REACTIONS, say, tap, vote, votesOf } from './lane-rig.ts'

const handshake = (fields = '') =>
  `GET /mqtt HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n${fields}\r\n`

/** Well-formed requests, each whole. None is chunked: only the lane continues reading after those. */
const whole = fc.constantFrom(
  tap,
  post('{"stickers":{"heart":1},"segment":"home"}'),
  post('{"stickers":{"six":1}}', 'Connection: keep-alive\r\nContent-Type: text/plain\r\n'),
  post('{"stickers":{"six":101}}'),
  post('{"stickers":{"six":1},"note":"\xc3\xbc"}'),
  post('{"stickers":{"heart":1}}', 'Expect: 100-continue\r\n'),
  post('{"stickers":{"heart":1}}', `X-Long: ${'y'.repeat(9000)}\r\n`),
  post('{"stickers":{"heart":1}}', 'X-Forwarded-For: 192.0.2.1\r\nAuthorization: Bearer none\r\n'),
  post(`{"stickers":{"heart":1},"pad":"${'x'.repeat(4090)}"}`),
  post('no JSON'),
  post('no JSON', 'X-Request-Id: a-1\r\n'),
  post('{"stickers":{"six":1}}', 'X-Request-Id: a-2\r\n'),
  post('{"stickers":{"six":1}}', 'X-Request-Id: a-1\r\nX-Request-Id: a-2\r\n'),
  get('/nothing', 'X-Request-Id: a-1\r\n'),
  post(''),
  get(),
  get('/nothing'),
  `OPTIONS ${REACTIONS} HTTP/1.1\r\nHost: x\r\n\r\n`,
  `HEAD /v1/shows/final HTTP/1.1\r\nHost: x\r\n\r\n`,
  `PUT ${REACTIONS} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}`,
  handshake(),
  tap.replace('HTTP/1.1', 'HTTP/1.0'),
)

/** Votes likewise: a viewer's first, the same again, another, and some that are refused. */
const votes = fc.oneof(
  fc
    .record({
      viewer: fc.constantFrom('ann', 'ben', 'cy'),
      choice: fc.constantFrom('anna', 'ben', 'nobody'),
      fields: fc.constantFrom(
        '',
        'X-Request-Id: a-1\r\n',
        'Connection: keep-alive\r\n',
        'Expect: 100-continue\r\n',
      ),
      poll: fc.constantFrom('mvp', 'mood', 'later', 'none'),
    })
    .map(({ viewer, choice, fields, poll }) => vote(viewer, choice, fields, poll)),
  fc.constantFrom(
    post('{"choice":"anna"}', '', votesOf('mvp')),
    post('{"choice":"anna"}', 'Authorization: Bearer none\r\n', votesOf('mvp')),
    vote('ann', '\xc3\xbc'),
    vote('ann', 'x'.repeat(4090)),
    get(votesOf('mvp')),
  ),
)

/** Posts likewise: some with what no post has, of nobody, and with a text that the show does not take. */
const posts = fc.oneof(
  fc
    .record({
      viewer: fc.constantFrom('ann', 'ben'),
      body: fc.constantFrom(
        ...['{"sticker":"six"}', '{"sticker":"nothing"}', '{"sticker":6}', '{}', '[]', 'null', 'no JSON'],
        ...['{"text":"hello"}', '{"sticker":"six","replyTo":"p-1"}', '{"sticker":"six","replyTo":"?"}'],
        ...[
          '{"sticker":"six","room":"none"}',
          '{"sticker":"six","text":" "}',
          '{"sticker":"six","text":"\xc3\xbc"}',
        ],
      ),
      fields: fc.constantFrom(
        '',
        'X-Request-Id: a-1\r\n',
        'Connection: keep-alive\r\n',
        'Expect: 100-continue\r\n',
      ),
    })
    .map(({ viewer, body, fields }) => say(viewer, body, fields)),
  fc.constantFrom(
    post('{"sticker":"six"}', '', POSTS),
    post('{"sticker":"six"}', 'Authorization: Bearer none\r\n', POSTS),
    say('ann', `{"sticker":"six","pad":"${'x'.repeat(4090)}"}`),
    get(POSTS),
  ),
)

/** Bytes with a meaning in HTTP, and some that should have none. */
const bytes = fc.constantFrom(
  ...['\r', '\n', '\r\n', '\r\n\r\n', ' ', '\t', ':', ',', ';', '0', '1', 'x', '\0', '\x80', '\xff', ''],
)
/** Header lines that decide where a message ends, or what happens to its connection, valid and invalid. */
const lines = fc.constantFrom(
  ...['Host: x', 'Host: y', 'Host:', 'host: x', 'Host : x'],
  ...['Content-Length: 0', 'Content-Length: 3', 'content-length: 24', 'Content-Length: +24'],
  ...['Content-Length: 24, 24', 'Content-Length:', 'Content-Length : 24', ' Content-Length: 24'],
  ...[
    'Transfer-Encoding: chunked\r\nContent-Length: 24',
    'Transfer-Encoding: xchunked',
    'Transfer-Encoding: identity',
    'Transfer-Encoding: chunked, chunked',
  ],
  ...['Connection: close', 'Connection: keep-alive', 'Connection: upgrade', 'Upgrade: websocket'],
  ...[
    'X-Request-Id: a-1',
    'X-Request-Id: a b',
    'x-request-id:',
    'Expect: 100-continue',
    'Authorization: Bearer none',
    'X-Forwarded-For: 192.0.2.1',
    'X: \x80',
    ' folded',
  ],
)

interface Change {
  at: number
  /** Characters, or lines, removed there. */
  cut: number
  insert: string
}
const changeBy = (insert: fc.Arbitrary<string>, cutMax: number): fc.Arbitrary<Change> =>
  fc.record({ at: fc.nat(9999), cut: fc.nat(cutMax), insert })

const hurtInBytes = fc
  .tuple(fc.oneof(whole, votes, posts), changeBy(bytes, 3))
  .map(([text, { at, cut, insert }]) => {
    const place = at % text.length
    return text.slice(0, place) + insert + text.slice(place + cut)
  })

const hurtInLines = fc
  .tuple(fc.oneof(whole, votes, posts), changeBy(lines, 1))
  .map(([text, { at, cut, insert }]) => {
    const [head = '', body = ''] = text.split(/\r\n\r\n(.*)/s)
    const fields = head.split('\r\n')
    fields.splice(1 + (at % fields.length), cut, insert)
    return `${fields.join('\r\n')}\r\n\r\n${body}`
  })

/** Ends what a stream left open: longer than any body that may still be expected, and not a request. */
const TAIL = Array.from({ length: 6 }, () => 'x'.repeat(12_000))

/** What one client sends on one connection, in pieces: requests, some of them damaged. */
export const conversation = fc
  .tuple(
    fc.array(fc.oneof({ weight: 2, arbitrary: whole }, votes, posts, hurtInBytes, hurtInLines), {
      minLength: 1,
      maxLength: 5,
    }),
    fc.array(fc.nat(400), { maxLength: 8 }),
  )
  .map(([requests, cuts]) => {
    const text = requests.join('') + bye
    // Nothing is sent behind a vote or a post before it is answered, see `converse`.
    let end = 0
    const ends = requests.flatMap((request) => {
      end += request.length
      return /\/(votes|posts)/.test(request) ? [end] : []
    })
    const places = [...new Set([0, ...ends, ...cuts.map((cut) => cut % text.length), text.length])].sort(
      (a, b) => a - b,
    )
    return [...places.slice(1).map((place, index) => text.slice(places[index], place)), ...TAIL]
  })
