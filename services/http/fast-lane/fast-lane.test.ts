import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { conversation } from '../../../test/fuzz/conversation.ts'
import {
  type Answered,
  askBoth,
  bye,
  converse,
  get,
  post,
  REACTIONS,
  type Side,
  signed,
  start,
  tap,
  vote,
  votesOf,
} from '../../../test/fuzz/lane-rig.ts'
import { AllowedOrigins } from '../allowed-origins.ts'
import type { Routes } from '../routes.ts'

const pieces = (text: string, length: number): string[] =>
  text.match(new RegExp(`.{1,${length}}`, 'gs')) ?? []

let lane: Side
let bare: Side
beforeAll(async () => {
  const routes: Routes = { '/big': { GET: () => new Response('y'.repeat(3_000_000)) } }
  lane = await start(true, { routes })
  bare = await start(false, { routes })
})
afterAll(async () => {
  await lane.http.close()
  await bare.http.close()
})

/** Both servers hear the same; returns what both say. */
async function both(...pieces: string[]): Promise<string> {
  const [ours, theirs] = await askBoth(lane, bare, pieces)
  expect(ours).toEqual(theirs)
  return ours.said
}

describe('the lane and the bare server answer alike', () => {
  const cases: Record<string, string> = {
    'a tap': tap,
    'taps one after another': tap.repeat(50),
    'field names in any case': post(
      '{"stickers":{"heart":2}}',
      'cOnTeNt-TyPe: x\r\nX-a:\r\nCONNECTION: Keep-Alive\r\n',
    ),
    'a tap, the show, a tap': `${tap}${get()}${tap}`,
    'a preflight and a tap': `OPTIONS ${REACTIONS} HTTP/1.1\r\nHost: x\r\n\r\n${tap}`,
    'a big answer between taps': `${tap}${get('/big')}${tap}`,
    'a body that is not JSON': post('heart!') + tap,
    'an empty body': post('') + tap,
    'no length and no body': `POST ${REACTIONS} HTTP/1.1\r\nHost: x\r\n\r\n${tap}`,
    'an unknown sticker': post('{"stickers":{"duck":1}}') + tap,
    'an unknown sticker with a strange name': post('{"stickers":{"d\\u00fcck\\ud83e\\udd86":1}}') + tap,
    'a body in UTF-8': post('{"stickers":{"heart":1},"note":"\xc3\xbc"}') + tap,
    'a body with bytes that are no text': post('{"stickers":{"heart":1},"note":"\xff\xfe"}') + tap,
    'a byte order mark': post('\xef\xbb\xbf{"stickers":{"heart":1}}') + tap,
    'an unknown show': post('{}', '', '/v1/shows/nothing/reactions') + tap,
    'a show that is no id': post('{}', '', '/v1/shows/FINAL/reactions') + tap,
    'a show in percent': post('{"stickers":{"heart":1}}', '', '/v1/shows/fin%61l/reactions') + tap,
    'a query': post('{"stickers":{"heart":1}}', '', `${REACTIONS}?x=1`) + tap,
    'two slashes': post('{"stickers":{"heart":1}}', '', `/${REACTIONS}`) + tap,
    'an absolute target': post('{"stickers":{"heart":1}}', '', `http://x${REACTIONS}`) + tap,
    'a token that is none': post('{"stickers":{"heart":1}}', 'Authorization: Bearer nonsense\r\n') + tap,
    'another scheme': post('{"stickers":{"heart":1}}', 'Authorization: Basic YTpi\r\n') + tap,
    'two tokens': post('{}', 'Authorization: Bearer a\r\nAuthorization: Bearer b\r\n') + tap,
    HEAD: `${tap}HEAD /v1/shows/final HTTP/1.1\r\nHost: x\r\n\r\n${tap}`,
    'another method': `${tap}DELETE ${REACTIONS} HTTP/1.1\r\nHost: x\r\n\r\n${tap}`,
    'HTTP/1.0': tap.replace('HTTP/1.1', 'HTTP/1.0'),
    'a longer body than may be': post(`{"stickers":{"heart":1},"pad":"${'x'.repeat(5000)}"}`) + tap,
    'a continuation that is asked for': post('{"stickers":{"heart":1}}', 'Expect: 100-continue\r\n') + tap,
    'an upgrade to what is not there':
      post('{"stickers":{"heart":1}}', 'Connection: Upgrade\r\nUpgrade: h2c\r\n') + tap,
    'a host that is none': post('{"stickers":{"heart":1}}').replace('Host: x', 'Host: a"<b>/') + tap,
    'a body of a GET': `GET /v1/shows/final HTTP/1.1\r\nHost: x\r\nContent-Length: ${tap.length}\r\n\r\n${tap}`,
    garbage: `${tap}hello\r\n\r\n`,
    TLS: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  }
  for (const [what, request] of Object.entries(cases)) {
    test(what, async () => {
      const said = await both(request + bye)
      if (request.startsWith(tap)) expect(said).toStartWith('HTTP/1.1 202 Accepted')
    })
    if (request.length < 1500) test(`${what}, in pieces`, () => both(...pieces(request + bye, 37)))
  }
})

describe('the lane and the bare server answer the same pages, where some may call', () => {
  const origins = new AllowedOrigins([
    'https://partner.example',
    'https://*.tv.example:8443',
    'web+app://localhost',
    'http://[2001:db8::1]:7766',
  ])
  const sides = [true, false].map((isLane) => start(isLane, { origins }))
  afterAll(async () => {
    for (const side of sides) await (await side).http.close()
  })
  /** The field comes where each of them puts it. */
  const sorted = ({ said, ...counts }: Answered) => ({ ...counts, lines: said.split('\r\n').toSorted() })
  const cases: Record<string, [origin: string, isAllowed: boolean]> = {
    'a page that is listed': ['https://partner.example', true],
    'a page below a name that is listed': ['https://live.eu.tv.example:8443', true],
    'an app with a scheme of its own': ['web+app://localhost', true],
    'a page by its IPv6 address': ['http://[2001:db8::1]:7766', true],
    'its own page': ['http://x', true],
    'its own page behind a proxy with TLS': ['https://x', true],
    'a page of the name itself': ['https://tv.example:8443', false],
    'a page at another port': ['https://live.tv.example', false],
    'a page without TLS': ['http://partner.example', false],
    'a page whose name begins alike': ['https://partner.example.evil.example', false],
    'a page whose name ends alike': ['https://evilpartner.example', false],
    'a dot that is none': ['https://partnerXexample', false],
    'two origins': ['https://partner.example, https://evil.example', false],
    'a frame without an origin': ['null', false],
  }
  for (const [what, [origin, isAllowed]] of Object.entries(cases)) {
    test(what, async () => {
      const field = `Origin: ${origin}\r\n`
      const own = post('{"stickers":{"heart":2}}', field)
      const pieces = [
        own + own,
        vote('ann', 'anna', field),
        get('/v1/shows/final', field) + post('{}', field),
        bye,
      ]
      const [ours, theirs] = await askBoth(await sides[0]!, await sides[1]!, pieces)
      expect(sorted(ours)).toEqual(sorted(theirs))
      expect(ours.reactions).toBe(isAllowed ? 4 : 0)
      const named = ours.said.split(`access-control-allow-origin: ${origin}\r\n`).length - 1
      expect(named).toBe(isAllowed ? 5 : 0)
      expect(ours.said.split('HTTP/1.1 403 ').length - 1).toBe(isAllowed ? 0 : 5)
      expect(ours.said).not.toContain('allow-origin: *')
      expect(ours.said.split('\r\nvary: Origin\r\n').length - 1).toBe(6)
    })
  }

  test('who is no page', async () => {
    const [ours, theirs] = await askBoth(await sides[0]!, await sides[1]!, [tap + bye])
    expect(sorted(ours)).toEqual(sorted(theirs))
    expect(ours.reactions).toBe(2)
    expect(ours.said).not.toContain('allow-origin')
  })
})

describe('the lane and the bare server answer votes alike', () => {
  const MVP = votesOf('mvp')
  const anna = '{"choice":"anna"}'
  const bearer = (claims: Parameters<typeof signed>[0] & Record<string, unknown>): string =>
    `Authorization: Bearer ${signed(claims)}\r\n`
  const exp = 9_999_999_999
  const dora = bearer({ sub: 'dora', exp })
  const cases: Record<string, string[]> = {
    'a first answer, the same again, and another': [
      vote('ann', 'anna'),
      vote('ann', 'anna'),
      vote('ann', 'ben'),
    ],
    'a change, and back': ['anna', 'ben', 'anna'].map((choice) => vote('ben', choice, '', 'mood')),
    'votes among taps': [tap, vote('cy', 'ben'), tap, get(), vote('cy', 'ben')],
    "a request's own id": [
      vote('ann', 'ben', 'X-Request-Id: q-1\r\n'),
      vote('ann', 'anna', 'X-Request-Id: q 1\r\n'),
    ],
    'a choice that is not there': [vote('dora', 'nobody'), vote('dora', 'constructor')],
    'a draft': [vote('dora', 'anna', '', 'later'), vote('dora', 'nobody', '', 'later')],
    'a poll that is not there': [vote('dora', 'anna', '', 'none')],
    'a show that is not there': [post(anna, dora, '/v1/shows/nothing/polls/mvp/votes')],
    'a poll that is no id': [post(anna, dora, votesOf('MVP')), post(anna, dora, votesOf('mv%70'))],
    'a query': [post(anna, bearer({ sub: 'query', exp }), `${MVP}?x=1`)],
    'no token': [post(anna, '', MVP)],
    'a token that is none': [post(anna, 'Authorization: Bearer nonsense\r\n', MVP)],
    'a forged token': [post(anna, `${dora.slice(0, -8)}AAAAAA\r\n`, MVP)],
    'a token that has ended': [post(anna, bearer({ sub: 'dora', exp: 1 }), MVP)],
    'a token for another show': [post(anna, bearer({ sub: 'dora', exp, show: 'other' }), MVP)],
    'a token for nobody': [post(anna, bearer({ sub: '', exp }), MVP)],
    'another scheme': [post(anna, 'Authorization: Basic YTpi\r\n', MVP)],
    'two tokens': [post(anna, dora + dora, MVP)],
    'a body that is not JSON': [post('anna', dora, MVP), post('{"choice":"anna"', dora, MVP)],
    'a body that is no object': ['[]', 'null', '"anna"', '1'].map((body) => post(body, dora, MVP)),
    'no body': [post('', dora, MVP), `POST ${MVP} HTTP/1.1\r\nHost: x\r\n${dora}\r\n`],
    'other fields': [
      post('{"choices":["anna"]}', dora, MVP),
      post('{"choice":"anna","points":{"anna":1}}', dora, MVP),
    ],
    'a prototype': [post('{"__proto__":{"choice":"anna"}}', dora, MVP)],
    'a choice in UTF-8': [
      post('{"choice":"\xc3\xbc"}', dora, MVP),
      post('{"choice":"\\u00fc\\ud83e"}', dora, MVP),
    ],
    'bytes that are no text': [post('{"choice":"\xff"}', dora, MVP)],
    'a body in UTF-8 beside a good choice': [
      post('{"choice":"anna","note":"\xc3\xbc"}', bearer({ sub: 'note', exp }), MVP),
    ],
    'a body at the limit, and beyond': [4096, 4097].map((length) =>
      post(`{"choice":"anna","pad":"${'x'.repeat(length - 26)}"}`, bearer({ sub: 'long', exp }), MVP),
    ),
    'a receipt that is none': ['null', '1', '{}', '{"ballot":1}'].map((receipt) =>
      post(`{"choice":"anna","receipt":${receipt}}`, dora, MVP),
    ),
    'a continuation that is asked for': [vote('later', 'anna', 'Expect: 100-continue\r\n')],
    'other methods': ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'].map(
      (method) => `${method} ${MVP} HTTP/1.1\r\nHost: x\r\n\r\n`,
    ),
    'a vote that smuggles another': [
      `POST ${MVP} HTTP/1.1\r\nHost: x\r\n${dora}Content-Length: 17\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${vote('eve', 'anna')}`,
    ],
  }
  for (const [what, requests] of Object.entries(cases)) {
    test(what, () => both(...requests, bye))
    if (requests.join('').length < 1500)
      test(`${what}, in pieces`, () => both(...requests.flatMap((request) => pieces(request, 37)), bye))
  }
})

describe('a method that nobody knows', () => {
  const request = (method: string, fields = '', body = '') =>
    `${method} ${REACTIONS} HTTP/1.1\r\nHost: x\r\n${fields}\r\n${body}`
  const cases: Record<string, string> = {
    'of its own': request('BREW'),
    'in small letters': request('post', 'Content-Length: 2\r\n', '{}'),
    'of one letter': request('G'),
    'with a dash': request('BREW-COFFEE'),
    'longer than any that the runtime knows': request('VERSION-CONTROL-OF-EVERYTHING'),
    'that begins like another': request('GETS'),
    'with a body': request('BREW', 'Content-Length: 6\r\n', 'coffee'),
    'with a body in chunks': request('BREW', 'Transfer-Encoding: chunked\r\n', '2\r\n{}\r\n0\r\n\r\n'),
    'with what the lane leaves to the runtime': request('BREW', 'Connection: close\r\n'),
  }
  for (const [what, text] of Object.entries(cases)) {
    test(`${what} is refused with those that the address has`, async () => {
      for (const sent of [[text], pieces(text, 7)]) {
        const said = await converse(lane, sent)
        expect(said).toStartWith('HTTP/1.1 405 Method Not Allowed')
        expect(said.toLowerCase()).toContain('allow: post, options')
        expect(said).toContain('"code":"method_not_allowed"')
      }
    })
  }

  test('is the last of its connection, and what came before it is answered', async () => {
    const said = await converse(lane, [tap + request('BREW') + tap])
    expect(said.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 202', 'HTTP/1.1 405'])
  })
})

test('two taps and what is between them may be cut anywhere', async () => {
  const text = tap + get('/nothing') + tap + bye
  const whole = await both(text)
  for (let at = 1; at < text.length; at += 1) {
    const before = lane.counted()[0]
    expect(await converse(lane, [text.slice(0, at), text.slice(at)])).toBe(whole)
    expect(lane.counted()[0]).toBe(before + 2)
  }
})

describe('what smuggles requests', () => {
  const inner = post('{"stickers":{"heart":9}}')
  const cases: Record<string, string> = {
    'a length and chunks': `POST ${REACTIONS} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${inner}`,
    'chunks and a length': `POST ${REACTIONS} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: ${inner.length + 5}\r\n\r\n0\r\n\r\n${inner}`,
    'chunks by a strange name': `POST ${REACTIONS} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\nContent-Length: 2\r\n\r\n{}${inner}`,
    'a space before the colon': `POST ${REACTIONS} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\nContent-Length: 2\r\n\r\n{}${inner}`,
    'two lengths': `POST ${REACTIONS} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`,
    'two lengths in one field': `POST ${REACTIONS} HTTP/1.1\r\nHost: x\r\nContent-Length: 0, ${inner.length}\r\n\r\n${inner}`,
    'a length with a sign': `POST ${REACTIONS} HTTP/1.1\r\nHost: x\r\nContent-Length: +${inner.length}\r\n\r\n${inner}`,
    'a length with a zero in front': `POST ${REACTIONS} HTTP/1.1\r\nHost: x\r\nContent-Length: 010\r\n\r\n${inner}`,
    'a length in hex': `POST ${REACTIONS} HTTP/1.1\r\nHost: x\r\nContent-Length: 0x10\r\n\r\n${inner}`,
    'a negative length': `POST ${REACTIONS} HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n${inner}`,
    'a length beyond all numbers': `POST ${REACTIONS} HTTP/1.1\r\nHost: x\r\nContent-Length: 18446744073709551616\r\n\r\n${inner}`,
    'a folded field': `POST ${REACTIONS} HTTP/1.1\r\nHost: x\r\nX: a\r\n Content-Length: 5\r\nContent-Length: 2\r\n\r\n{}${inner}`,
    'line feeds alone': `POST ${REACTIONS} HTTP/1.1\nHost: x\nContent-Length: 2\n\n{}${inner}`,
    'a carriage return in a value': `POST ${REACTIONS} HTTP/1.1\r\nHost: x\r\nX: a\rContent-Length: 5\r\nContent-Length: 2\r\n\r\n{}${inner}`,
    'a line feed in a value': `POST ${REACTIONS} HTTP/1.1\r\nHost: x\r\nX: a\nContent-Length: 5\r\nContent-Length: 2\r\n\r\n{}${inner}`,
    'a null in a name': `POST ${REACTIONS} HTTP/1.1\r\nHost: x\r\nContent-Length\0: 5\r\nContent-Length: 2\r\n\r\n{}${inner}`,
    'no host': `POST ${REACTIONS} HTTP/1.1\r\nContent-Length: 24\r\n\r\n{"stickers":{"heart":1}}${inner}`,
    'a field before the first line': `X: y\r\n${inner}`,
    'an empty line before the first': `\r\n${inner}`,
    'a tab in the first line': inner.replace(' ', '\t'),
    'a request in the body of one that is too long': post(`${inner}${'x'.repeat(5000)}`),
    'a request in the body of a GET': `GET /v1/shows/final HTTP/1.1\r\nHost: x\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`,
  }
  for (const [what, request] of Object.entries(cases)) {
    test(`${what} is read as the bare server reads it`, async () => {
      await both(tap + request + bye)
      await both(tap, request, bye)
    })
  }
})

describe('whatever comes, in whatever pieces', () => {
  test('both say the same and count the same', async () => {
    await fc.assert(
      fc.asyncProperty(conversation, async (pieces) => void (await both(...pieces))),
      { numRuns: 300 },
    )
  })
})
