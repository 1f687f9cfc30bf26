import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { AnswerEnd } from './answer-end.ts'
import { HeadMemory, readHead } from './head.ts'

const LINE = 'POST /v1/shows/final/reactions HTTP/1.1\r\n'
const head = (...fields: string[]) => `${LINE}${fields.map((field) => `${field}\r\n`).join('')}\r\n`

test('a head says where it ends, how long its body is, and whose it is', () => {
  const text = head(
    'Host: x',
    'content-LENGTH:\t42 ',
    'Connection: Keep-Alive',
    'Authorization: Bearer abc',
    'X-Forwarded-For: 192.0.2.1',
    'x-forwarded-for: 192.0.2.2',
  )
  expect(readHead(`before${text}after`, 6)).toEqual({
    length: text.length,
    method: 'POST',
    target: '/v1/shows/final/reactions',
    bodyLength: 42,
    bodyLengthAt: 6 + text.indexOf('42'),
    host: 'x',
    origin: undefined,
    authorization: 'Bearer abc',
    forwardedFor: '192.0.2.1, 192.0.2.2',
    forwarded: undefined,
    requestId: undefined,
    traceparent: undefined,
    tracestate: undefined,
    chunked: false,
  })
})

describe('a head in any doubt is unsupported', () => {
  const heads: Record<string, string> = {
    'no host': head('Content-Length: 2'),
    'an empty host': head('Host:', 'Content-Length: 2'),
    'a host that is none': head('Host: a"<b>/', 'Content-Length: 2'),
    'a host with a user': head('Host: a@b', 'Content-Length: 2'),
    'two hosts': head('Host: x', 'Host: x'),
    'two lengths': head('Host: x', 'Content-Length: 2', 'Content-Length: 2'),
    'a list of lengths': head('Host: x', 'Content-Length: 2, 2'),
    'a length with a sign': head('Host: x', 'Content-Length: +2'),
    'a length with a zero in front': head('Host: x', 'Content-Length: 02'),
    'an empty length': head('Host: x', 'Content-Length:'),
    'a length in hex': head('Host: x', 'Content-Length: 0x2'),
    'a long number': head('Host: x', 'Content-Length: 100000'),
    'another transfer coding': head('Host: x', 'Transfer-Encoding: gzip, chunked'),
    'chunks twice': head('Host: x', 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'),
    'chunks and a length': head('Host: x', 'Transfer-Encoding: chunked', 'Content-Length: 0'),
    'a length and chunks': head('Host: x', 'Content-Length: 0', 'Transfer-Encoding: chunked'),
    'no transfer coding by name': head('Host: x', 'Transfer-Encoding:'),
    'an expectation': head('Host: x', 'Expect: 100-continue'),
    'an upgrade': head('Host: x', 'Upgrade: websocket', 'Connection: Upgrade'),
    'an end': head('Host: x', 'Connection: close'),
    'a connection of two words': head('Host: x', 'Connection: keep-alive, close'),
    'a space before the colon': head('Host: x', 'X : y'),
    'a folded line': head('Host: x', 'X: y', ' z'),
    'a line without a colon': head('Host: x', 'X'),
    'a line without a name': head('Host: x', ': y'),
    'a control character': head('Host: x', 'X: \x01'),
    'a character beyond ASCII': head('Host: x', 'X: \xe9'),
    'a bare CR': head('Host: x', 'X: a\rb'),
    'a bare LF': head('Host: x', 'X: a\nb'),
    'no fields': `${LINE}\r\n`,
    'HTTP/1.0': head('Host: x').replace('1.1', '1.0'),
    'HTTP/1.10': head('Host: x').replace('1.1', '1.10'),
    'a full address': head('Host: x').replace('/v1', 'http://x/v1'),
    'two spaces': head('Host: x').replace(' ', '  '),
    'a method in small letters': head('Host: x').replace('POST', 'post'),
    HEAD: head('Host: x').replace('POST', 'HEAD'),
    CONNECT: 'CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n',
    'an empty line before it': `\r\n${head('Host: x')}`,
    'a head of 9 KiB': head('Host: x', `X: ${'y'.repeat(9 * 1024)}`),
    'the begin of a head of 9 KiB': `${LINE}X: ${'y'.repeat(9 * 1024)}`,
    'the begin of something else': 'hello, world',
    'the begin of TLS': '\x16\x03\x01',
    'a begin with a bad line in it': `${LINE}Host: x\r\nX : y\r\nA: `,
  }
  for (const [what, text] of Object.entries(heads))
    test(what, () => expect(readHead(text, 0)).toBe('unsupported'))
})

test('every begin of a head may become one', () => {
  const text = head('Host: x', 'Content-Length: 2', 'X-y: z')
  for (let length = 0; length < text.length; length++) {
    expect([length, readHead(text.slice(0, length), 0)]).toEqual([length, 'partial'])
  }
})

test('a head that is remembered is read like one that is not', () => {
  const memory = new HeadMemory()
  const field = fc.constantFrom(
    'Content-Length: 1',
    'Content-Length: 12',
    'Content-Length: 0',
    'content-length:  345 ',
    'Content-Length: 01',
    'Content-Length: 123456',
    'Content-Length: 1x',
    'X: y',
    'X: Content-Length: 7',
    'Authorization: a',
    'Transfer-Encoding: chunked',
  )
  const text = fc
    .tuple(fc.array(field, { maxLength: 3 }), fc.nat(3), fc.constantFrom('', '{}', 'GET'))
    .map(([fields, cut, after]) => {
      const whole = head('Host: x', ...fields)
      return (cut === 0 ? whole : whole.slice(0, -cut)) + after
    })
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 6 }), (texts) => {
      for (const each of texts) {
        // Twice, so that there is something to remember.
        for (let time = 0; time < 2; time++)
          expect(memory.read(`..${each}`, 2)).toEqual(readHead(`..${each}`, 2))
      }
    }),
  )
})

describe('the end of an answer', () => {
  const answer = (status: string, fields: string, body = '') => `HTTP/1.1 ${status}\r\n${fields}\r\n${body}`
  const take = (text: string) => new AnswerEnd().take(Buffer.from(text, 'latin1'))

  test('is found wherever the answer is cut', () => {
    const answers = fc.constantFrom(
      answer('200 OK', 'Content-Type: x\r\nContent-Length: 5\r\n', 'hello'),
      answer('200 OK', 'content-length: 0\r\n'),
      answer('204 No Content', 'X: y\r\n'),
      answer('304 Not Modified', 'Content-Length: 70\r\n'),
      answer('404 Not Found', 'Content-Length: 4\r\n', '\r\n\r\n'),
    )
    fc.assert(
      fc.property(answers, fc.array(fc.nat(100)), fc.string(), (whole, cuts, next) => {
        const end = new AnswerEnd()
        const places = [...new Set([...cuts.filter((cut) => cut < whole.length), 0])].sort((a, b) => a - b)
        const parts = places.map((place, index) => whole.slice(place, places[index + 1]))
        for (const [index, part] of parts.entries()) {
          const last = index === parts.length - 1
          const taken = end.take(Buffer.from(last ? part + next : part, 'latin1'))
          expect(taken).toEqual({ bytes: part.length, ended: last })
        }
      }),
    )
  })

  test('is not looked for where there is none in sight', () => {
    for (const text of [
      answer('101 Switching Protocols', 'Connection: Upgrade\r\nUpgrade: websocket\r\n'),
      answer('100 Continue', ''),
      answer('200 OK', 'Transfer-Encoding: chunked\r\n', '0\r\n\r\n'),
      answer('200 OK', 'Content-Length: 5\r\nConnection: close\r\n', 'hello'),
      answer('200 OK', ''),
      answer('200 OK', 'Content-Length: 5\r\nContent-Length: 6\r\n', 'hello'),
      `HTTP/1.1 200 OK\r\nX: ${'y'.repeat(40_000)}`,
    ])
      expect(take(text)).toBe('endless')
  })
})
