import { describe, expect, test } from 'bun:test'
import { openOrder } from '../assembly/order.ts'
import { wantedOf } from '../assembly/part.ts'
import { readConfig } from '../config.ts'
import { combined } from './combined.ts'
import { checkRole, readerOf } from './ownership.ts'

const SECRET = 'a-secret-of-at-least-thirty-two-characters'
const SHARED = ['--log', 'kafka://k:9092', '--store', 'postgres://db/roar', '--auth-secret', SECRET]

/** The parts of a process with these roles, as it would open them. @throws ConfigError */
function partsOf(only: string[], ...argv: string[]) {
  const role = combined(only)
  const config = readConfig({ argv, env: {}, reader: readerOf(role) })
  checkRole(role, config, () => {})
  return openOrder(wantedOf(role.parts, config)).map(({ name }) => name)
}

describe('several roles in one process', () => {
  test.each([
    [
      ['ingest', 'edge'],
      ['--upstream', 'mqtt://b:1883'],
      ['ingest', 'votes', 'edge', 'pubsub'],
    ],
    [['ingest', 'deliver'], [], ['ingest', 'votes', 'deliver', 'results', 'edge', 'pubsub']],
    [['studio', 'ingest'], [], ['studio', 'ingest', 'votes', 'announcement']],
    [
      ['ingest', 'aggregate', 'deliver', 'studio'],
      ['--spark', 'sc://s:1', '--spark-checkpoint', 'x'],
      ['aggregate', 'studio'],
    ],
  ])('%j have the parts of each, once', (only, flags, some) => {
    const names = partsOf(only, ...SHARED, ...flags)
    expect(new Set(names).size).toBe(names.length)
    expect(names).toEqual(expect.arrayContaining(some as typeof names))
  })

  test('take the settings of each, and of no other', () => {
    expect(() => partsOf(['ingest', 'edge'], ...SHARED, '--spark', 'sc://s:1')).toThrow(
      '--spark: is a setting of',
    )
    expect(() => partsOf(['ingest', 'edge'], ...SHARED)).toThrow('upstream: is missing')
    expect(() => partsOf(['ingest', 'edge'], '--upstream', 'mqtt://b:1883')).toThrow('log: is missing')
  })

  test.each([
    [['ingst'], '--only: "ingst" is not a role of a cluster; did you mean ingest?'],
    [['up'], '--only: "up" is not a role of a cluster; they are ingest,'],
    [[], '--only: "" is not a role of a cluster'],
  ])('%j are none', (only, sentence) => {
    expect(() => combined(only)).toThrow(sentence)
  })
})
