import { afterAll, beforeAll, expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runVerify } from '../../cli/verify.ts'
import { PublicRecount } from '../../engine/polls/public-recount.ts'
import { type Certificate, certificateText } from '../../protocol/polls.ts'
import type { PublicBallot } from '../../protocol/public-ballots.ts'
import { sha256 } from '../../services/sha256.ts'
import { temporaryFolder } from '../embedded.ts'
import { needs } from '../needs.ts'
import { startVoting, tokenOf } from './voting.ts'

const work = temporaryFolder()
const file = (name: string) => join(work.path, name)
const at = '/v1/shows/final/polls'
let roar: Awaited<ReturnType<typeof startVoting>>
let certificate: Certificate
let lines: string[]

const exported = async (poll: string, query = '') => roar.request('GET', `${at}/${poll}/ballots${query}`)
const codeOf = async (poll: string) => ((await (await exported(poll)).json()) as { code: string }).code

beforeAll(async () => {
  roar = await startVoting()
  await roar.create('mvp', { change: true })
  await roar.act('mvp', 'open')
  const segments = ['home', 'home', undefined]
  const cast = async (i: number, choice: string) =>
    roar.vote('mvp', tokenOf(`v${i}`, { segment: i < 5 ? 'away' : segments[i % 3] }), { choice })
  await Promise.all(Array.from({ length: 80 }, (_, i) => cast(i, ['anna', 'ben', 'cleo'][i % 3]!)))
  for (let i = 0; i < 12; i++) await cast(i, 'cleo')
  await roar.act('mvp', 'close')
  expect(await codeOf('mvp')).toBe('not_sealed')
  expect((await roar.act('mvp', 'seal')).status).toBe(200)
  certificate = await roar.json<Certificate>(`${at}/mvp/certificate`)
  expect(await codeOf('mvp')).toBe('not_published')
  expect((await roar.act('mvp', 'forget')).status).toBe(200)
  lines = (await (await exported('mvp')).text()).trimEnd().split('\n')
})
afterAll(async () => {
  await roar.stop()
  roar.data.remove()
  work.remove()
})

const faultsOf = (ballots: string[]): string[] => {
  const recount = new PublicRecount(sha256, certificate.statement)
  for (const line of ballots) recount.add(JSON.parse(line) as PublicBallot)
  return recount.faults()
}

test('once the voters are forgotten everybody can count all ballots again, and gets the root and the result', () => {
  expect(lines).toHaveLength(certificate.statement.ballots)
  // Of a segment that is too small only what opens no segment is there.
  expect(lines.filter((line) => line.includes('segmentHash')).length).toBeGreaterThan(0)
  expect(faultsOf(lines)).toEqual([])
})

test('the short code of the certificate is in the document and in the packet, and follows from the certificate alone', async () => {
  const digest = new Bun.CryptoHasher('sha256').update(certificateText(certificate.statement)).digest()
  // Crockford's characters, five bits each.
  const bits = [...digest.subarray(0, 5)].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const five = bits.match(/.{5}/g)!.map((text) => Number.parseInt(text, 2))
  const code = five.map((value) => '0123456789abcdefghjkmnpqrstvwxyz'[value]).join('')
  expect(code).toHaveLength(8)
  expect((await roar.poll('mvp')).code).toBe(code)
})

test('a ballot that is changed, dropped or moved is found by the root, and a result that is another by the count', () => {
  const changed = lines.with(-1, lines.at(-1)!.replace(/"choice":\["\w+"\]/, '"choice":["eve"]'))
  expect(faultsOf(changed).map((fault) => fault.split(':')[0])).toContain('root')
  expect(faultsOf(changed).map((fault) => fault.split(':')[0])).toContain('result')
  expect(faultsOf(lines.slice(1)).map((fault) => fault.split(':')[0])).toContain('ballots')
  expect(faultsOf([lines[1]!, lines[0]!, ...lines.slice(2)])).toHaveLength(1)
  const marked = lines.with(3, lines[3]!.replace('"quarantined":false', '"quarantined":true'))
  expect(faultsOf(marked).map((fault) => fault.split(':')[0])).toContain('root')
})

test('it goes on from a line, comes packed, and never changes', async () => {
  const rest = await (await exported('mvp', '?from=80')).text()
  expect(rest.trimEnd().split('\n')).toEqual(lines.slice(80))
  expect(await (await exported('mvp', `?from=${lines.length}`)).text()).toBe('')
  expect((await exported('mvp', '?from=x')).status).toBe(400)
  const packed = await fetch(`${roar.url}${at}/mvp/ballots`, {
    headers: { 'accept-encoding': 'gzip' },
    decompress: false,
  } as RequestInit)
  expect(packed.headers.get('content-encoding')).toBe('gzip')
  expect(packed.headers.get('cache-control')).toContain('immutable')
  expect(Buffer.from(Bun.gunzipSync(new Uint8Array(await packed.arrayBuffer()))).toString()).toBe(
    `${lines.join('\n')}\n`,
  )
})

test('roar verify --recount counts from a file and from an address, and Python does', async () => {
  writeFileSync(file('certificate.json'), JSON.stringify(certificate))
  writeFileSync(file('keys.json'), JSON.stringify(await roar.json('/v1/keys')))
  writeFileSync(file('ballots.ndjson'), `${lines.join('\n')}\n`)
  writeFileSync(file('fewer.ndjson'), `${lines.slice(1).join('\n')}\n`)
  const flags = ['--keys', file('keys.json'), '--certificate', file('certificate.json'), '--recount']
  expect(await runVerify([...flags, file('ballots.ndjson')])).toBe(0)
  expect(await runVerify([...flags, `${roar.url}${at}/mvp/ballots`])).toBe(0)
  expect(await runVerify([...flags, file('fewer.ndjson')])).toBe(1)
  await expect(runVerify([...flags, file('nowhere')])).rejects.toThrow('--recount')
  // The same ballots as another program might write them: what the next one reads there is its own affair.
  const loose = [`\ufeff${lines.join('\n')}\n`, `${lines.join('\r\n')}\r\n`, `${lines.join('\n\n')}\n`]
  for (const [i, text] of loose.entries()) writeFileSync(file(`loose${i}.ndjson`), text)
  for (const i of loose.keys()) expect(await runVerify([...flags, file(`loose${i}.ndjson`)])).toBe(1)
  if (!needs('python3')) return
  const python = (name: string) =>
    Bun.spawnSync([
      'python3',
      join(import.meta.dir, 'verify.py'),
      'recount',
      file('certificate.json'),
      file(name),
    ])
  expect(python('ballots.ndjson').stdout.toString()).toBe('good\n')
  expect(python('fewer.ndjson').exitCode).toBe(1)
  for (const i of loose.keys())
    expect(python(`loose${i}.ndjson`).stderr.toString()).toMatch(/^line \d+ is not a ballot/)
})

test('a poll that does not publish its ballots says so, and its rule is fixed once it is open', async () => {
  await roar.create('quiet', { publish: false })
  await roar.act('quiet', 'open')
  expect((await roar.studio('PATCH', 'polls/quiet', { publish: true })).body.code).toBe('wrong_state')
  for (const action of ['close', 'seal', 'forget']) await roar.act('quiet', action)
  expect(await codeOf('quiet')).toBe('not_published')
})
