import { expect, test } from 'bun:test'
import * as v from 'valibot'
import { sentenceOf } from './sentence.ts'

const Form = v.strictObject({
  name: v.string('is not a text'),
  role: v.optional(v.picklist(['host', 'guest'])),
})
const Either = v.union([v.strictObject({ jti: v.string() }), v.strictObject({ sub: v.string() })])

test.each([
  [Form, { name: 5 }, 'is not a text'],
  [Form, {}, 'is missing'],
  [Form, { name: 'a', more: 1 }, 'is not a known field'],
  [Form, { name: 'a', role: 'HOST' }, '"HOST" is not one of "host", "guest"'],
  [Form, null, 'is not an object'],
  [v.array(v.string()), {}, 'is not an array'],
  [Either, { jti: 'a', sub: 'b' }, 'matches none of the allowed forms'],
  [
    v.variant('act', [v.object({ act: v.literal('on') }), v.object({ act: v.literal('off') })]),
    { act: 'x' },
    '"x" is not one of "on", "off"',
  ],
  [
    v.variant('act', [v.object({ act: v.literal('on') }), v.object({ act: v.literal('off') })]),
    {},
    'is missing',
  ],
] as const)('%# a value that does not fit is refused in a sentence', (schema, given, sentence) => {
  const [issue] = v.safeParse(schema, given, { abortEarly: true }).issues!
  expect(sentenceOf(issue)).toBe(sentence)
})
