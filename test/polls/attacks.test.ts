import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runVerify } from '../../cli/verify.ts'
import type { Certificate, Receipt } from '../../protocol/polls.ts'
import { heard } from '../command-line.ts'
import { temporaryFolder } from '../embedded.ts'
import { SECRET, startVoting, tokenOf } from './voting.ts'

const ISSUER = 'https://login.example'
const POLLS = '/v1/shows/final/polls'
const PRODUCER = tokenOf('boss', { role: 'producer' })
const work = temporaryFolder()
const file = (name: string, text: string): string => {
  const path = join(work.path, name)
  writeFileSync(path, text)
  return path
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const keySet = {
  keys: [
    { ...rsa.publicKey.export({ format: 'jwk' }), kid: 'rsa', alg: 'RS256' },
    { ...ec.publicKey.export({ format: 'jwk' }), kid: 'ec', alg: 'ES256' },
    { kty: 'oct', k: Buffer.from('shared').toString('base64url'), kid: 'oct', alg: 'HS256' },
  ],
}

let roar: Awaited<ReturnType<typeof startVoting>>
beforeAll(async () => {
  const jwks = file('jwks.json', JSON.stringify(keySet))
  roar = await startVoting({
    flags: ['--auth-jwks', jwks, '--auth-audience', 'roar', '--auth-issuer', ISSUER],
  })
  await roar.request('PATCH', '/v1/studio/shows/final', PRODUCER, {
    segments: ['undefined', 'home', 'tiny'].map((segment) => ({ segment, title: segment })),
  })
  for (const [poll, rules] of Object.entries({
    one: { change: true },
    several: { change: true, kind: 'several', max: 3 },
    points: { change: true, kind: 'points', max: 10 },
  })) {
    await roar.create(poll, rules)
    await roar.act(poll, 'open')
  }
})
afterAll(async () => {
  await roar.stop()
  roar.data.remove()
  work.remove()
})

const part = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
type Sign = (input: string) => Buffer
const byRsa: Sign = (input) => sign('sha256', Buffer.from(input), rsa.privateKey)
const bySecret =
  (secret: string | Buffer): Sign =>
  (input) =>
    createHmac('sha256', secret).update(input).digest()
function token(header: unknown, claims: unknown, by: Sign = byRsa): string {
  const input = `${part(header)}.${part(claims)}`
  return `${input}.${by(input).toString('base64url')}`
}
const CLAIMS = { sub: 'mallory', exp: 9_999_999_999, aud: 'roar', iss: ISSUER }
const RSA = { alg: 'RS256', kid: 'rsa' }
const publicKey = (format: 'pem' | 'der') => rsa.publicKey.export({ type: 'spki', format } as never)
const withClaims = (claims: object) => token(RSA, { ...CLAIMS, ...claims })

describe('no token is taken', () => {
  test.each<[string, string]>([
    [
      'by the text of a public key as a secret',
      token({ alg: 'HS256', kid: 'rsa' }, CLAIMS, bySecret(publicKey('pem'))),
    ],
    [
      'by the bytes of a public key as a secret',
      token({ alg: 'HS256', kid: 'rsa' }, CLAIMS, bySecret(publicKey('der'))),
    ],
    ['by a secret in the key set', token({ alg: 'HS256', kid: 'oct' }, CLAIMS, bySecret('shared'))],
    ['without a signature, by alg none', `${part({ alg: 'none' })}.${part(CLAIMS)}.`],
    ['without a signature, by alg nOnE', `${part({ alg: 'nOnE' })}.${part(CLAIMS)}.`],
    ['without a signature, by a good alg', `${part(RSA)}.${part(CLAIMS)}.`],
    ['by an alg in another case', token({ alg: 'hs256' }, CLAIMS, bySecret(SECRET))],
    ['by a list of algs', token({ alg: ['HS256'] }, CLAIMS, bySecret(SECRET))],
    ['by another alg of the same key', token({ ...RSA, alg: 'PS256' }, CLAIMS)],
    ['by the key of another kid', token({ ...RSA, kid: 'ec' }, CLAIMS)],
    ['by a kid that is a path', token({ alg: 'HS256', kid: '../../../dev/null' }, CLAIMS, bySecret(''))],
    ['by a key that it brings', token({ alg: 'RS256', kid: 'x', jwk: keySet.keys[0] }, CLAIMS)],
    ['by a key set that it names', token({ alg: 'RS256', kid: 'x', jku: 'http://127.0.0.1:9/' }, CLAIMS)],
    ['with a critical extension', token({ ...RSA, crit: ['x'], x: 1 }, CLAIMS)],
    ['with no critical extension, which it lists', token({ ...RSA, crit: [] }, CLAIMS)],
    ['whose claims are not encoded', token({ ...RSA, b64: false, crit: ['b64'] }, CLAIMS)],
    [
      'whose claims are not encoded, by the secret',
      token({ alg: 'HS256', b64: false, crit: ['b64'] }, CLAIMS, bySecret(SECRET)),
    ],
    [
      'that is encrypted',
      'eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA',
    ],
    ['that holds another', token({ alg: 'HS256', cty: 'JWT' }, part(CLAIMS), bySecret(SECRET))],
    ['for an audience in a list in a list', withClaims({ aud: [['roar']] })],
    ['for an audience in what is like a list', withClaims({ aud: { 0: 'roar', length: 1 } })],
    ['for an audience among words', withClaims({ aud: 'roar shop' })],
    ['for an audience in another case', withClaims({ aud: 'ROAR' })],
    ['of a list of issuers', withClaims({ iss: [ISSUER] })],
    ['that ends in a text', withClaims({ exp: '9999999999' })],
    ['that ends in a list', withClaims({ exp: [9_999_999_999] })],
    [
      'of the issuer first, and of another last',
      token(RSA, `{"sub":"m","exp":9999999999,"aud":"roar","iss":"${ISSUER}","iss":"https://evil.example"}`),
    ],
    [
      'with a byte order mark before its claims',
      token({ alg: 'HS256' }, '\ufeff{"sub":"m","exp":9999999999}', bySecret(SECRET)),
    ],
    [
      'whose signature is padded',
      `${token({ alg: 'HS256' }, { sub: 'm', exp: 9_999_999_999 }, bySecret(SECRET))}=`,
    ],
  ])('%s', async (_, bearer) => {
    const { status, problem } = await roar.vote('one', bearer, { choice: 'anna' })
    expect([status, problem.code]).toEqual([401, 'unauthorized'])
  })

  test('but the good one is, and of a name that is there twice the last one counts (RFC 7519 section 4)', async () => {
    expect((await roar.vote('one', withClaims({}), { choice: 'anna' })).status).toBe(201)
    const twice = token({ alg: 'HS256' }, '{"sub":"ann","exp":9999999999,"sub":"mallory"}', bySecret(SECRET))
    const { receipt } = await roar.vote('one', twice, { choice: 'anna' })
    const again = await roar.vote('one', tokenOf('mallory'), { choice: 'anna' })
    expect([again.status, again.receipt.ballot]).toEqual([200, receipt.ballot])
  })
})

describe('a vote says one thing, however it is written', () => {
  const vote = (poll: string, body: string, viewer: string = crypto.randomUUID()) =>
    roar.vote(poll, tokenOf(viewer), body)

  test.each([
    ['one', '{"choice":"anna\\u0000"}', 'unknown_choice'],
    ['one', '{"choice":"anna "}', 'unknown_choice'],
    ['one', '{"choice":"ANNA"}', 'unknown_choice'],
    ['one', '{"choice":"\uff41nna"}', 'unknown_choice'],
    ['one', '{"choice":["anna"]}', 'bad_request'],
    ['one', '{"choice":{"toString":"anna"}}', 'bad_request'],
    ['one', '{"__proto__":{"choice":"anna"}}', 'bad_choice'],
    ['one', '{"choice":"anna","choices":null}', 'bad_choice'],
    ['one', '{"choice":"anna"}{"choice":"ben"}', 'bad_json'],
    ['several', '{"choices":["anna","\\u0061nna"]}', 'bad_choice'],
    ['several', '{"choices":{"0":"anna","length":1}}', 'bad_request'],
    ['several', '{"choices":[["anna"]]}', 'bad_request'],
    ['points', '{"points":{"anna":-0}}', 'bad_points'],
    ['points', '{"points":{"anna":true}}', 'bad_points'],
    ['points', '{"points":{"anna":4294967297}}', 'bad_points'],
    ['points', '{"points":{"anna":9007199254740993}}', 'bad_points'],
    ['points', '{"points":{"anna":9007199254740991,"ben":9007199254740991}}', 'bad_points'],
    ['points', '{"points":{"anna":0x1}}', 'bad_json'],
    ['points', '{"points":{"__proto__":9}}', 'unknown_choice'],
  ])('%s: %s is refused', async (poll, body, code) => {
    expect((await vote(poll, body)).problem.code).toBe(code as never)
  })

  test.each([
    ['points', '{"points":{"anna":1.0}}', '{"points":{"anna":10e-1}}'],
    ['one', '{"choice":"\\u0061nna"}', ' \n{"choice":"ben","choice":"anna"}\t'],
  ])('%s: %s is the same as %s', async (poll, body, other) => {
    const viewer = crypto.randomUUID()
    const { receipt } = await vote(poll, body, viewer)
    expect(receipt.answer).toEqual({ choice: ['anna'], points: [1] })
    const again = await vote(poll, other, viewer)
    expect([again.status, again.receipt.ballot]).toEqual([200, receipt.ballot])
  })

  test('what is compressed, or is no UTF-8, is no vote, whatever its type says', async () => {
    for (const [headers, body] of [
      [{ 'content-encoding': 'gzip' }, Bun.gzipSync(Buffer.from('{"choice":"anna"}'))],
      [{ 'content-type': 'application/json; charset=utf-16' }, Buffer.from('{"choice":"anna"}', 'utf16le')],
    ] as const) {
      const answer = await fetch(`${roar.url}${POLLS}/one/votes`, {
        method: 'POST',
        headers: { authorization: `Bearer ${tokenOf(crypto.randomUUID())}`, ...headers },
        body: body as Uint8Array<ArrayBuffer>,
      })
      expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([400, 'bad_json'])
    }
  })
})

describe('no receipt stands for an answer but the voter’s own', () => {
  let good: Receipt
  let ofOther: Receipt
  beforeAll(async () => {
    good = (await roar.vote('one', tokenOf('rita'), { choice: 'anna' })).receipt
    ofOther = (await roar.vote('several', tokenOf('rita'), { choices: ['anna'] })).receipt
  })
  test.each<[string, () => unknown]>([
    ['of another poll', () => ofOther],
    ['of another poll, renamed', () => ({ ...ofOther, poll: 'one', voter: good.voter })],
    [
      'with a longer path',
      () => ({ ...good, proof: { ...good.proof, path: [...good.proof.path, 'A'.repeat(43)] } }),
    ],
    ['with its index as a text', () => ({ ...good, proof: { ...good.proof, index: '0' } })],
    ['of a tree beyond all trees', () => ({ ...good, proof: { ...good.proof, size: 1e300 } })],
    ['from a place that is not yet', () => ({ ...good, place: { partition: 0, offset: 1e15 } })],
    ['from a place as a text', () => ({ ...good, place: { partition: '0', offset: '0' } })],
    ['by a key of the prototype', () => ({ ...good, proof: { ...good.proof, kid: 'constructor' } })],
    ['of a later answer', () => ({ ...good, ordinal: 2 })],
    ['that is late by a text', () => ({ ...good, late: 'false' })],
    ['with points as a text', () => ({ ...good, answer: { choice: ['anna'], points: ['1'] } })],
    ['with two choices in one', () => ({ ...good, answer: { choice: ['anna=1,ben'], points: [1] } })],
    ['in a list', () => [good]],
  ])('%s', async (_, receipt) => {
    const { status, problem } = await roar.vote('one', tokenOf('rita'), { choice: 'ben', receipt: receipt() })
    expect([status, problem.code]).toEqual([400, 'bad_receipt'])
  })
  test('but that one does', async () => {
    expect((await roar.vote('one', tokenOf('rita'), { choice: 'ben', receipt: good })).status).toBe(201)
  })
})

describe('of a sealed poll', () => {
  let certificate: Certificate
  let lines: string
  const flags: string[] = []
  const verified = (certificateText: string, recount: string) =>
    heard(() => runVerify([...flags, '--certificate', file('c.json', certificateText), '--recount', recount]))
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(`${roar.url}${POLLS}/named/${path}`, { headers, decompress: false } as RequestInit)

  beforeAll(async () => {
    await roar.create('named')
    await roar.act('named', 'open')
    const cast = (count: number, segment: string | undefined, choice: string) =>
      Promise.all(
        Array.from({ length: count }, (_, i) =>
          roar.vote('named', tokenOf(`${segment ?? ''}-${i}`, { segment }), { choice }),
        ),
      )
    await cast(60, 'undefined', 'anna')
    await cast(60, 'home', 'ben')
    await cast(60, undefined, 'anna')
    await cast(3, 'tiny', 'anna')
    for (const step of ['close', 'seal', 'forget']) await roar.act('named', step)
    certificate = (await (await get('certificate')).json()) as Certificate
    lines = await (await get('ballots', { 'accept-encoding': 'identity' })).text()
    flags.push('--keys', file('keys.json', JSON.stringify(await roar.json('/v1/keys'))))
  })

  test('a segment called undefined is not taken for one that is not published', async () => {
    expect(Object.keys(certificate.statement.segments)).toEqual(['home', 'undefined'])
    const { code, out } = await verified(JSON.stringify(certificate), file('b.ndjson', lines))
    expect([code, out]).toEqual([0, expect.stringContaining('recount: valid')])
  })

  test('a certificate that says something twice, first for people and last for programs, is not read', async () => {
    const text = JSON.stringify(certificate)
    const twice = text.replace('"statement":', '"statement":{"result":{"ben":9}},"statement":')
    await expect(verified(twice, file('b.ndjson', lines))).rejects.toThrow('a name twice')
    const escaped = text.replace('"statement":', '"st\\u0061tement":{},"statement":')
    await expect(verified(escaped, file('b.ndjson', lines))).rejects.toThrow('a name twice')
    const colons = `${text.slice(0, -1)},"a\\":b":"c\\\\","d:":":"}`
    expect((await verified(colons, file('b.ndjson', lines))).out).toContain('recount: valid')
  })

  test('an export without an end, or with a line without one, is not read to it', async () => {
    const endless = (chunk: string) =>
      Bun.serve({
        ...{ hostname: '127.0.0.1', port: 0 },
        fetch: () =>
          new Response(
            new ReadableStream({
              pull(controller) {
                controller.enqueue(Buffer.from(chunk))
              },
            }).pipeThrough(new CompressionStream('gzip')),
            { headers: { 'content-encoding': 'gzip' } },
          ),
      })
    for (const [chunk, says] of [
      [lines, 'ballots: counted 184, the certificate says 183'],
      [' '.repeat(65_536), 'a line is longer than any ballot'],
    ] as const) {
      using server = endless(chunk)
      const outcome = await verified(JSON.stringify(certificate), server.url.href).then(
        ({ code, out }) => `${code} ${out}`,
        (cause: Error) => cause.message,
      )
      expect(outcome).toContain(says)
    }
  })

  test('a line twice, or one in the place of another, is found', async () => {
    const all = lines.trimEnd().split('\n')
    for (const forged of [
      [...all, all[0]!],
      [all[0]!, ...all.slice(0, -1)],
    ]) {
      const { code, out } = await verified(JSON.stringify(certificate), file('f.ndjson', forged.join('\n')))
      expect([code, out]).toEqual([1, expect.stringMatching(/recount: .*root: counted/)])
    }
  })

  test.each([
    '0/000.p/0',
    '0/000.p/0183',
    '0/000.p/184',
    '0/000.p/256',
    '0/000.p/1e2',
    '0/x000/000',
    '0/00',
    '00/000.p/1',
    '8/000',
    '0/000%2ep/183',
    'entries/000.p/184',
    '0/000.p/183/..%2f000',
  ])('no tile is at %s', async (tile) => {
    expect((await get(`tiles/tile/${tile}`)).status).toBe(404)
  })

  test('heads and pages of the trail beyond all bounds are refused, and not guessed', async () => {
    for (const query of [
      'from=0',
      'from=-1',
      'from=1e0',
      'from=2&to=1',
      'to=1000',
      `from=${10 ** 20}`,
      'to=',
    ])
      expect([query, (await get(`heads?${query}`)).status]).toEqual([query, 400])
    for (const query of ['before=0', 'before=x', 'before=1e3', 'limit=0', 'limit=1000000', 'limit=-1']) {
      const page = await roar.request('GET', `/v1/studio/shows/final/audit?${query}`, PRODUCER)
      expect([query, page.status]).toEqual([query, 400])
    }
  })

  test('who takes no gzip gets none', async () => {
    const plain = await get('ballots', { 'accept-encoding': 'gzip;q=0' })
    expect([plain.headers.get('content-encoding'), await plain.text()]).toEqual([null, lines])
  })
})

test.each([
  ['Anna', 'Anna'],
  ['Anna', ' Anna '],
  ['Anna Lee', 'Anna  Lee'],
  ['Am\u00e9lie', 'Ame\u0301lie'],
  ['Anna', 'An\u200dna'],
  ['\u2764', '\u2764\ufe0f'],
])('a poll whose choices look the same is not made: %s and %s', async (one, other) => {
  const choices = [one, other].map((title, i) => ({ choice: `c${i}`, title }))
  const made = await roar.create('alike', { choices })
  expect([made.status, made.body.code]).toEqual([400, 'bad_poll'])
})

test('a change that producers ask for four times at once is one entry of the trail', async () => {
  const change = () => roar.studio('PATCH', 'polls/points', { countQuarantined: true })
  const answers = await Promise.all(Array.from({ length: 4 }, change))
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
  const trail = (await roar.studio('GET', 'audit')).body as unknown as { poll: string; action: string }[]
  expect(trail.filter(({ poll, action }) => poll === 'points' && action === 'change')).toHaveLength(1)
})
