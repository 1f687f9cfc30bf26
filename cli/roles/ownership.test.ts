import { describe, expect, test } from 'bun:test'
import { commands as checks } from '../commands/check-config.ts'
import { readConfig } from '../config.ts'
import { SETTINGS, type SettingName } from '../settings.ts'
import { readerOf, settingsOf } from './ownership.ts'
import { ROLES } from './roles.ts'

const NAMES = Object.keys(SETTINGS) as SettingName[]
const wordsOf = (name: SettingName) => String(SETTINGS[name].default)

describe.each(ROLES.map((role) => [role.name, role] as const))('roar %s', (_, role) => {
  const owned = settingsOf(role)
  test('takes its own settings', () => {
    const argv = owned.map((name) => `--${name}=${wordsOf(name)}`)
    expect(() => readConfig({ argv, env: {}, reader: readerOf(role) })).not.toThrow('is a setting of')
  })

  test('refuses each that another role has, by its name', () => {
    for (const name of NAMES.filter((name) => !owned.includes(name))) {
      const start = () => readConfig({ argv: [`--${name}=x`], env: {}, reader: readerOf(role) })
      expect(start).toThrow(`--${name}: is a setting of roar `)
      expect(start).toThrow(`roar ${role.name} does not read it`)
    }
  })
})

test('every setting is somebody’s', () => {
  const owned = new Set(ROLES.flatMap(settingsOf))
  expect(NAMES.filter((name) => !owned.has(name))).toEqual([])
})

test('the roles of a cluster share an environment; roar up does not, as it would use none of it', () => {
  const env = { ROAR_LOG: 'kafka://k:9092', ROAR_SPARK: 'sc://s:15002' }
  for (const role of ROLES) {
    const start = () => readConfig({ argv: [], env, reader: readerOf(role) })
    if (role.name === 'up') expect(start).toThrow('ROAR_LOG: is a setting of roar ingest')
    else expect(start).not.toThrow()
  }
})

test('every role checks its settings and starts nothing with --check', async () => {
  const { commands } = await import('../commands/roles.ts')
  const edge = commands.find(({ name }) => name === 'edge')!
  expect(await edge.run(['--check', '--upstream', 'mqtt://nobody.invalid:1883'])).toBe(0)
  expect(edge.run(['--check'])).rejects.toThrow('upstream: is missing')
})

describe('roar check-config ROLE finds what the role would, before anything is opened', () => {
  const kafka = ['--log', 'kafka://k:9092']
  const auth = ['--auth-secret', 'a-secret-of-at-least-thirty-two-characters']
  test.each([
    [['edge'], 'upstream: is missing'],
    [['edge', '--upstream', 'mqtt://b:1', '--pubsub-ca', '/nowhere'], 'pubsub-ca: "/nowhere" cannot be read'],
    [['bridge', '--upstream', 'mqtt://b:1'], 'pubsub: is missing'],
    [['bridge', '--upstream', 'mqtt://b:1', '--pubsub', 'mqtt://b:1'], 'pubsub: is the same as upstream'],
    [['aggregate', ...kafka], 'spark: is missing'],
    [['aggregate', ...kafka, '--spark', 'sc://s:1'], 'spark-checkpoint: is missing'],
    [['deliver', ...kafka], 'store: is missing'],
    [['studio', ...auth], 'log: is missing'],
    [['ingest', ...auth, ...kafka, '--kafka-sasl', 'plain'], 'kafka-user: is required with kafka-sasl'],
    [['ingest', ...kafka], 'auth-secret: is missing'],
    [['edge', '--spark', 'sc://s:1'], '--spark: is a setting of roar aggregate'],
    [['up', '--workers', '2'], 'workers: is 2'],
    [['upp'], 'check-config: "upp" is not a role; did you mean up?'],
  ])('%j', async (argv, sentence) => {
    const refusal = await checks[0]!.run(argv).catch((error: Error) => error.message)
    expect(refusal).toStartWith(sentence)
  })
})
