import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { publicOf } from '../../engine/polls/public-recount.ts'
import { seededRandom } from '../../load/random.ts'
import { publicBallotIn, publicLineOf } from '../../protocol/public-ballots.ts'
import { sha256 } from '../../services/sha256.ts'
import { FRAGMENTS, WHOLES } from '../hostile-records.ts'
import { needs } from '../needs.ts'
import { legalLog } from './law/legal-logs.ts'

const random = seededRandom(Number(process.env.SEED ?? 7))
const oneOf = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!

/** Lines of an export, with segments that it names and others. */
const LINES = Array.from({ length: 20 }, (_, seed) => legalLog(seededRandom(seed)).records)
  .flat()
  .map(({ ballot, place }) => publicLineOf(publicOf(sha256, ballot, { place, segments: new Set(['home']) })))

/** The same ballot, for parsers that read loosely. */
const SPELT_OTHERWISE: ((line: string) => string)[] = [
  (line) => `\ufeff${line}`,
  (line) => `${line}\r`,
  (line) => ` ${line}`,
  (line) => line.replace(',', ', '),
  (line) => line.replace(/"ordinal":(\d+)/, '"ordinal":$1.0'),
  (line) => line.replace(/"ordinal":(\d+)/, '"ordinal":$1e0'),
  (line) => line.replace(/"offset":0\b/, '"offset":-0'),
  (line) => line.replace(/"ordinal":(\d+)/, '"ordinal":9,"ordinal":$1'),
  (line) => line.replace('{', '{"choice":["eve"],'),
  (line) => line.replace('"choice"', '"\\u0063hoice"'),
  (line) => line.replace('"choice":["a', '"choice":["\\u0061'),
  (line) => line.replace('}}', '}').replace(/\}$/, ',"__proto__":{"ordinal":1}}'),
  (line) => line.replace(/\}$/, ',"later":1}'),
  (line) => line.replace(/\}$/, ',"answerSalt":""}'),
  (line) => line.replace(/\}$/, `,"answerSalt":"${'A'.repeat(43)}","segmentHash":"${'A'.repeat(43)}"}`),
  (line) => line.replace(/"voter":"([^"]+)"/, '"voter":"$1=="'),
  (line) => line.replace(/"voter":"./, '"voter":"+'),
  (line) => line.replace(/"(ordinal|at)":(\d)/, '"$1":\u0661$2'),
  (line) => line.replace('"late":false', '"late":0'),
  (line) => line.replace('"points":[1]', '"points":[true]'),
]

const isLine = (line: string): boolean => {
  try {
    publicBallotIn(line)
    return true
  } catch {
    return false
  }
}

test('there is one way to write a ballot of the export: the same in another spelling is none', () => {
  for (const line of LINES) {
    expect([line, isLine(line)]).toEqual([line, true])
    for (const other of SPELT_OTHERWISE.map((spell) => spell(line)).filter((other) => other !== line))
      expect([other, isLine(other)]).toEqual([other, false])
  }
})

test.skipIf(!needs('python3'))(
  'of every line the page, roar verify and the checker in Python say the same',
  () => {
    const hostile = LINES.flatMap((line) => {
      const fields = Object.entries(JSON.parse(line) as object).map(([name, value]) => [
        name,
        JSON.stringify(value),
      ])
      oneOf(fields)[1] = oneOf([...FRAGMENTS, '["anna"]', '[2]', '{"partition":1,"offset":2}'])
      const spoilt = `{${fields.map(([name, json]) => `"${name}":${json}`).join(',')}}`
      return [spoilt, new TextDecoder('utf-8', { ignoreBOM: true }).decode(oneOf(WHOLES)(line, oneOf))]
    })
    const lines = [
      ...LINES,
      ...LINES.flatMap((line) => SPELT_OTHERWISE.map((spell) => spell(line))),
      ...hostile,
    ]
    const stdin = Buffer.from(JSON.stringify(lines))
    const { stdout, stderr } = Bun.spawnSync(['python3', join(import.meta.dir, 'verify.py'), 'lines'], {
      stdin,
    })
    expect(stderr.toString()).toBe('')
    const python = JSON.parse(stdout.toString()) as boolean[]
    expect(lines.filter((line, i) => isLine(line) !== python[i])).toEqual([])
    expect(python.filter(Boolean).length).toBeGreaterThan(LINES.length)
  },
)
