import { afterAll, beforeAll, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Problem } from '../../protocol/errors.ts'
import { errorsOf } from '../../services/http/call/errors.ts'
import { namesIn, PARAMETERS } from '../../services/http/call/parameters.ts'
import type { CallSpec } from '../../services/http/call/spec.ts'
import { CALLS } from '../../services/openapi.ts'
import { startRoar } from '../embedded.ts'
import { SECRET, tokenOf } from '../polls/voting.ts'
import { faults, PATHS } from './document.ts'

/** More of them with SEEDS=n. */
const RUNS = 400 * Number(process.env.SEEDS ?? 1)

let roar: Awaited<ReturnType<typeof startRoar>>
beforeAll(async () => {
  roar = await startRoar('--auth-secret', SECRET)
})
afterAll(() => roar.stop())

/** A stream has no end, an upgrade has no response body, and after endShow the other calls would be refused. */
const LEFT_OUT = ['getEvents', 'connectMqtt', 'endShow']
const SPECS = CALLS.map(({ spec }) => spec).filter(({ id }) => !LEFT_OUT.includes(id))

const often = <T>(arbitrary: fc.Arbitrary<T>) => ({ weight: 5, arbitrary })
const strange = fc.oneof(
  fc.constantFrom('', 'no', 'FINAL', 'a b', '../x', '%00', '\u{1f986}', 'a'.repeat(300), '-1', '1e400', '[]'),
  fc.string({ maxLength: 20 }),
)
const tokens = fc.oneof(
  often(fc.constant(tokenOf('pat', { role: 'producer' }))),
  fc.constantFrom(undefined, tokenOf('ann'), tokenOf('pat', { role: 'producer', show: 'other' }), 'nonsense'),
)

/** The example of a body with one field removed, added or changed. */
const hurt = (example: object) =>
  fc
    .tuple(fc.constantFrom(...Object.keys(example), 'more'), fc.option(fc.jsonValue(), { nil: undefined }))
    .map(([name, value]) => JSON.stringify({ ...example, [name]: value }))

const bodyOf = ({ body }: CallSpec): fc.Arbitrary<string | undefined> =>
  body === undefined
    ? fc.constant(undefined)
    : fc.oneof(
        often(fc.constant(JSON.stringify(body.example))),
        often(hurt(body.example as object)),
        fc.jsonValue().map((value) => JSON.stringify(value)),
        fc.constantFrom('', '{', '[]', '[{}]', '\0', '"'.padEnd(5000, 'x'), '{"a":'.repeat(500)),
      )

const targetOf = ({ path, query = {} }: CallSpec): fc.Arbitrary<string> => {
  const names = namesIn(path)
  const values = names.map((name) => fc.oneof(often(fc.constant(PARAMETERS[name].example)), strange))
  const texts = Object.keys(query).map((name) =>
    fc.option(fc.oneof(often(fc.constantFrom('1000', 'home')), strange), { nil: undefined }).map((value) => {
      return value === undefined ? '' : `${name}=${encodeURIComponent(value)}`
    }),
  )
  return fc.tuple(fc.tuple(...values), fc.tuple(...texts)).map(([values, texts]) => {
    const filled = names.reduce(
      (text, name, i) => text.replace(`{${name}}`, encodeURIComponent(values[i]!)),
      path,
    )
    const asked = texts.filter(Boolean).join('&')
    return asked === '' ? filled : `${filled}?${asked}`
  })
}

const request = fc
  .constantFrom(...SPECS)
  .chain((spec) => fc.tuple(fc.constant(spec), targetOf(spec), bodyOf(spec), tokens))

test('whatever is asked, the answer is one that the document of its call names', async () => {
  const statuses = new Set<number>()
  await fc.assert(
    fc.asyncProperty(request, async ([spec, target, body, token]) => {
      const response = await fetch(roar.url + target, {
        method: spec.method,
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
        ...(body === undefined ? {} : { body }),
      })
      statuses.add(response.status)
      if (spec.path.startsWith('/v1/')) expect(response.headers.get('access-control-allow-origin')).toBe('*')
      const type = response.headers.get('content-type')!.split(';')[0]!
      // A name that is empty or has dots changes the address.
      if (response.status === 404 && ((await response.clone().json()) as Problem).code === 'not_found') return
      if (response.status === 405) return
      const described = PATHS[spec.path]![spec.method.toLowerCase()]!.responses[response.status]
      expect([spec.id, response.status, described !== undefined]).toEqual([spec.id, response.status, true])
      const schema = described!.content?.[type]?.schema
      expect([spec.id, response.status, type, schema !== undefined]).toEqual([
        spec.id,
        response.status,
        type,
        true,
      ])
      if (!type.endsWith('json')) return
      const text = await response.text()
      // One document, or one on each line.
      const documents = type === 'application/x-ndjson' ? text.split('\n').filter(Boolean) : [text]
      const answers = documents.map((document): unknown => JSON.parse(document))
      const wrong = answers.flatMap((each) => faults(each, schema!))
      expect([spec.id, response.status, wrong]).toEqual([spec.id, response.status, []])
      if (type !== 'application/problem+json') return
      const { code } = answers[0] as Problem
      expect([spec.id, code, errorsOf(spec).includes(code)]).toEqual([spec.id, code, true])
      expect([spec.id, code]).not.toEqual([spec.id, 'internal'])
    }),
    { numRuns: RUNS },
  )
  expect([...statuses]).toEqual(expect.arrayContaining([200, 400, 401, 403, 404]))
})
