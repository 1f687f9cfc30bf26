import { describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { SCHEMA_FOLDER, SCHEMAS } from './schemas.ts'

/** The golden records of each topic, and the schemas that speak of them. */
const TOPICS = {
  reactions: ['slice'],
  counts: ['cell'],
  posts: ['post'],
  held: ['held'],
  control: ['show', 'poll', 'revoked'],
  ballots: ['ballot'],
  sightings: ['sightings'],
  cuts: ['cut'],
  tallies: ['tally'],
  rooms: ['room-event'],
  'room-moments': ['room-moments'],
  'dead-letters': ['dead-letter'],
} as const

test('docs/schemas has the schemas that follow from the grammars, and no other: else run npm run schemas', () => {
  expect(readdirSync(SCHEMA_FOLDER).toSorted()).toEqual(
    Object.keys(SCHEMAS)
      .map((name) => `${name}.json`)
      .toSorted(),
  )
  for (const [name, schema] of Object.entries(SCHEMAS))
    expect(JSON.parse(readFileSync(join(SCHEMA_FOLDER, `${name}.json`), 'utf8'))).toEqual(schema as never)
})

describe.each(Object.entries(TOPICS))('the schema of the topic %s', (topic, names) => {
  const ajv = new Ajv2020({ strict: true, strictTypes: false })
  const checks = Object.fromEntries(names.map((name) => [name, ajv.compile(SCHEMAS[name])]))
  const check = (record: object) =>
    checks[names.toReversed().find((name) => name in record) ?? names[0]]!(record)
  const file = join(import.meta.dir, `../protocol/vectors/records/${topic}.json`)
  const { written, readable, refused } = JSON.parse(readFileSync(file, 'utf8'))

  test('takes every golden record that is written or read', () => {
    for (const { text } of [...written, ...readable])
      expect([text, check(JSON.parse(text))]).toEqual([text, true])
  })

  test('refuses what the reader refuses, but for bytes and for what holds between columns', () => {
    for (const { text, reason } of refused) {
      const inBytes = /^(not |longer)/.test(reason)
      const betweenColumns = /of one length|add up/.test(reason) || /"points":\[1,2\]/.test(text)
      if (!inBytes && !betweenColumns)
        expect([text, reason, check(JSON.parse(text))]).toEqual([text, reason, false])
    }
  })
})
