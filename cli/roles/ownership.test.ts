import { describe, expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '../../test/embedded.ts'
import { commands as checks } from '../commands/check-config.ts'
import { readConfig } from '../config.ts'
import { SETTINGS, type SettingName } from '../settings.ts'
import { checkRole, readerOf, settingsOf } from './ownership.ts'
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

describe('every file that the settings of a role name is tried before anything is opened', () => {
  const kafka = ['--log', 'kafka://k:9092', '--auth-secret', 'a-secret-of-at-least-thirty-two-characters']
  const store = ['--store', 'postgres://db/roar']
  const needed: Record<string, string[]> = {
    edge: ['--upstream', 'mqtts://b:1'],
    bridge: ['--upstream', 'mqtts://b:1', '--pubsub', 'mqtts://c:1'],
    ingest: [...kafka, ...store, '--pubsub', 'mqtts://b:1', '--kafka-tls', 'true'],
    deliver: [...kafka.slice(0, 2), ...store, '--kafka-tls', 'true'],
    studio: [...kafka, ...store, '--kafka-tls', 'true'],
    aggregate: [
      ...kafka.slice(0, 2),
      '--spark',
      'sc://s:1',
      '--spark-checkpoint',
      '/c',
      '--kafka-tls',
      'true',
    ],
    up: [],
  }
  /** What makes a role read the file of a setting. */
  const besideOf = (role: string, name: SettingName): string[] => {
    if (name.startsWith('mqtt-')) return ['--mqtt-port', '8883']
    if (name === 'auth-revoked' && !needed[role]!.includes('--auth-secret')) return kafka.slice(2)
    return role === 'deliver' && name.startsWith('pubsub-') ? ['--pubsub', 'mqtts://b:1'] : []
  }
  const placeAt: Partial<Record<SettingName, (file: string) => string>> = {
    store: () => 'sqlite:/nowhere/at/all.db',
    media: (file) => `file:${file}`,
  }
  const named = NAMES.filter((name) => /\bfile\b/i.test(SETTINGS[name].help))
  const pairOf = (name: string) => [
    name,
    name.replace(/-(cert|key)$/, (_, half) => (half === 'cert' ? '-key' : '-cert')),
  ]
  const cases = ROLES.flatMap((role) =>
    named.filter((name) => settingsOf(role).includes(name)).map((name) => [role, name] as const),
  )
  const check = (role: (typeof ROLES)[number], argv: string[]) => {
    const config = readConfig({ argv: [...needed[role.name]!, ...argv], env: {}, reader: readerOf(role) })
    checkRole(role, config, () => {})
  }

  test.each(ROLES)('roar $name is right without them', (role) => {
    expect(() => check(role, [])).not.toThrow()
  })

  test.each(cases.map(([role, name]) => ({ role, name, of: role.name })))(
    'roar $of --$name',
    ({ role, name }) => {
      using folder = temporaryFolder()
      const nonsense = join(folder.path, 'nonsense')
      writeFileSync(nonsense, 'nonsense')
      const value = placeAt[name]?.(nonsense) ?? nonsense
      const argv = [...new Set(pairOf(name))].map((each) => `--${each}=${value}`)
      expect(() => check(role, [...argv, ...besideOf(role.name, name)])).toThrow(
        new RegExp(`^${name.replace(/-key$/, '-(cert|key)')}: `),
      )
    },
  )

  test('and every folder', () => {
    using folder = temporaryFolder()
    const file = join(folder.path, 'file')
    writeFileSync(file, '')
    const up = ROLES.find(({ name }) => name === 'up')!
    expect(() => check(up, ['--data', join(file, 'below')])).toThrow(
      `data: ${JSON.stringify(file)} is a file`,
    )
    expect(() => check(up, ['--media', `file:${file}`])).toThrow(`media: ${JSON.stringify(file)} is a file`)
    for (const name of ['S3_ACCESS_KEY_ID', 'AWS_ACCESS_KEY_ID']) delete process.env[name]
    expect(() => check(up, ['--media', 's3://bucket'])).toThrow('media: has no key')
    expect(() => check(up, ['--media', 's3://k:s@bucket'])).not.toThrow()
    expect(() => check(up, ['--data', join(folder.path, 'not', 'there', 'yet')])).not.toThrow()
  })
})

/** What a role cannot run without. */
const KAFKA = ['--log', 'kafka://k:9092']
const STORE = ['--store', 'postgres://db/roar']
const TOKENS = ['--auth-secret', 's'.repeat(32)]
const LEAST: Record<string, string[]> = {
  ...{ up: [], edge: ['--upstream', 'mqtt://b:1'], deliver: [...KAFKA, ...STORE] },
  ...{ ingest: [...KAFKA, ...TOKENS], studio: [...KAFKA, ...STORE, ...TOKENS] },
}

test.each<[string, string[], string[]]>([
  ['edge', ['--auth-revoked', '/nowhere'], ['auth-revoked: no effect without auth-secret or auth-jwks']],
  ['edge', ['--auth-revoked', '/nowhere', '--auth-secret', 's'.repeat(32)], []],
  [
    'edge',
    ['--edge-proxies', '10.0.0.1', '--hsts-s', '60'],
    ['hsts-s: no effect without tls-cert', 'edge-proxies: no effect without mqtt-port'],
  ],
  ['edge', ['--edge-proxies', '10.0.0.1', '--mqtt-port', '1883'], []],
  ['ingest', ['--network-burst', '5'], ['network-burst: no effect without store']],
  [
    'ingest',
    ['--viewer-burst', '5', '--viewer-per-second', '0'],
    ['viewer-burst: no effect without viewer-per-second'],
  ],
  [
    'ingest',
    ['--edge-filters', '5', '--relay-secret', 'r'.repeat(16)],
    ['relay-secret, edge-filters: no effect without pubsub'],
  ],
  [
    'deliver',
    ['--pubsub', 'mqtt://b:1', '--edge-filters', '5'],
    ['edge-filters: no effect with pubsub: viewers and edges connect to the broker'],
  ],
  [
    'deliver',
    ['--pubsub', 'mqtt://b:1', ...TOKENS],
    ['auth-secret: no effect with pubsub: viewers and edges connect to the broker'],
  ],
  ['up', ['--oidc-scope', 'openid'], ['oidc-scope: no effect without oidc-issuer']],
  ['up', ['--oidc-scope', 'openid', '--oidc-issuer', 'https://p.example', '--oidc-client', 'roar'], []],
  ['studio', ['--kafka-user', 'roar'], ['kafka-user: no effect without kafka-sasl']],
])('what is set for %s and has no effect is said: %p', (name, argv, said) => {
  const role = ROLES.find((role) => role.name === name)!
  const heard: string[] = []
  const config = readConfig({ argv: [...LEAST[name]!, ...argv], env: {}, reader: readerOf(role) })
  checkRole(role, config, (sentence) => heard.push(sentence))
  expect(heard).toEqual(said)
})

test('the examples of each role can be started as they are written', () => {
  for (const role of ROLES)
    for (const example of role.examples) {
      const [, , ...argv] = example.split(' ')
      const env = ['ingest', 'studio'].includes(role.name) ? { ROAR_AUTH_SECRET: 's'.repeat(32) } : {}
      const config = readConfig({ argv, env, reader: readerOf(role) })
      expect(() => checkRole(role, config, () => {})).not.toThrow()
    }
})
