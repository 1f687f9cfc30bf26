import { readFileSync } from 'node:fs'
import { seededRandom } from '../load/random.ts'

interface RecordVector {
  written: { text: string }[]
  readable: { text: string }[]
  refused: ({ text: string } | { base64: string })[]
}

const utf8 = new TextEncoder()

/**
 * Records as no writer of Roar writes them: the golden invalid ones, and valid ones changed in fields, braces and bytes on which
 * parsers often disagree; `count` of them by `seed`. Some are valid records.
 */
export function hostileRecords(
  topic: 'reactions' | 'ballots',
  { seed, count }: { seed: number; count: number },
): Uint8Array[] {
  const file = `${import.meta.dir}/../protocol/vectors/records/${topic}.json`
  const { written, readable, refused } = JSON.parse(readFileSync(file, 'utf8')) as RecordVector
  const golden = [...written, ...readable, ...refused].map((record) =>
    'text' in record ? utf8.encode(record.text) : Uint8Array.fromBase64(record.base64),
  )
  const random = seededRandom(seed)
  const oneOf = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!
  const others = Array.from({ length: count }, () => {
    const good = JSON.parse(oneOf(written).text) as Record<string, unknown>
    const fields = Object.entries(good).map(
      ([name, value]) => [name, JSON.stringify(value)] as [string, string],
    )
    for (let i = 0; i <= random() * 2; i++) {
      const field = oneOf(fields)
      field[1] = spoilt(good[field[0]], oneOf)
    }
    if (random() < 0.2) fields.push([oneOf(fields)[0], oneOf(FRAGMENTS)])
    if (random() < 0.2) fields.splice(Math.floor(random() * fields.length), 1)
    if (random() < 0.1) fields.reverse()
    const text = `{${fields.map(([name, json]) => `"${name}":${json}`).join(',')}}`
    return random() < 0.3 ? oneOf(WHOLES)(text, oneOf) : utf8.encode(text)
  })
  return [
    ...golden,
    utf8.encode(`${written[0]!.text.slice(0, -1)},"later":"${'x'.repeat(500_000)}"}`),
    ...others,
  ]
}

type OneOf = <T>(values: readonly T[]) => T

/** Another value instead of a field's, or of one entry of its list. */
function spoilt(value: unknown, oneOf: OneOf): string {
  if (!Array.isArray(value) || oneOf([true, false])) return oneOf(FRAGMENTS)
  const entries = value.map((entry) => JSON.stringify(entry))
  entries[Math.floor(entries.length / 2)] = oneOf(FRAGMENTS)
  return `[${entries.join(',')}]`
}

/** JSON, or nearly. */
export const FRAGMENTS = [
  ...[
    'null',
    'true',
    'false',
    '""',
    '" "',
    '"final"',
    '"final\\n"',
    '"\\nfinal"',
    '"Final"',
    '"../x"',
    '"a/b"',
  ],
  ...[
    '"\\u0066inal"',
    '"fin\\u0000al"',
    '"\u2028"',
    '"é"',
    '"\\ud83c\\udfcf"',
    '"\\udfcf"',
    '"🏏"',
    `"${'a'.repeat(33)}"`,
  ],
  ...[
    '0',
    '-0',
    '-1',
    '1',
    '2',
    '1.0',
    '1.5',
    '1e0',
    '1E2',
    '1e-7',
    '0.25',
    '0.015625',
    '0.01',
    '5e-324',
    '00',
    '+1',
    '.5',
    '1.',
  ],
  ...[
    '2147483647',
    '2147483648',
    '4294967296',
    '9007199254740991',
    '9007199254740992',
    '9007199254740990.6',
    '1152921504606846976',
    '9223372036854775807',
  ],
  ...[
    '9223372036854775808',
    '18446744073709551616',
    '1e400',
    '-1e400',
    'NaN',
    'Infinity',
    '"NaN"',
    '"1"',
    '0x1',
  ],
  ...[
    '[]',
    '[[]]',
    '[1]',
    '["heart"]',
    '[1,"2"]',
    '[null,null]',
    '[1,2.5,1e0]',
    '["a",1]',
    '{}',
    '{"a":1}',
    '[{}]',
  ],
  ...[
    "'final'",
    'undefined',
    '1/*1*/',
    '[1,]',
    '"open',
    `${'['.repeat(400)}${']'.repeat(400)}`,
    '1'.repeat(299),
  ],
  ...[`${'['.repeat(600)}${']'.repeat(600)}`, '1'.repeat(1001), `0.${'1'.repeat(299)}`],
]

/** Changes to a whole record. */
export const WHOLES: ((text: string, oneOf: OneOf) => Uint8Array)[] = [
  (text, oneOf) =>
    utf8.encode(text + oneOf(['}', ' ', '\n', ',', '{}', '\0', 'x', ']', '],"later"', '\u00a0', '\ufeff'])),
  (text, oneOf) => utf8.encode(oneOf(['\ufeff', ' ', '\u00a0', '[', '{', '//\n', '\0', '\t\r\n']) + text),
  (text) => utf8.encode(text.slice(0, -1)),
  (text) => utf8.encode(text.replaceAll('"', "'")),
  (text) => utf8.encode(text.replaceAll(',', ' ,\n\t')),
  (text) => utf8.encode(`[${text}]`),
  (text) => utf8.encode(JSON.stringify(text)),
  (text, oneOf) => {
    const bytes = utf8.encode(text)
    bytes[Math.floor(bytes.length / 2)] = oneOf([0x00, 0x1f, 0x22, 0x5c, 0x7f, 0xc0, 0xed, 0xff])
    return bytes
  },
]
