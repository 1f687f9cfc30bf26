import { afterAll, describe, expect, test } from 'bun:test'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigError } from '../settings/config-error.ts'
import { printSettings } from '../settings/print.ts'
import { readConfig } from './config.ts'
import { readerOf } from './roles/ownership.ts'
import { ROLES } from './roles/roles.ts'
import { SETTINGS } from './settings.ts'
import { unwiseTokens } from './warnings.ts'

const read = (argv: string[] = [], env: Record<string, string> = {}, file = '') =>
  readConfig({ argv: file === '' ? argv : [...argv, '--config', 'roar.toml'], env, readFile: () => file })
const refusal = (...given: Parameters<typeof read>): string => {
  try {
    read(...given)
    return 'accepted'
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
}

const SECRET = 'a-secret-of-at-least-thirty-two-characters'

test('nothing given is the defaults, and they are allowed values', () => {
  const config = read()
  for (const [name, { default: fallback }] of Object.entries(SETTINGS)) {
    expect(config[name as keyof typeof config]).toEqual(fallback)
    const words = Array.isArray(fallback) ? fallback.join(',') : String(fallback)
    expect(refusal([`--${name}=${words}`])).toBe('accepted')
  }
})

test('flags win, then the environment, then the file', () => {
  const file = 'port = 1\nwindow-ms = 100\nguests = false\n'
  const config = read(['--port', '3'], { ROAR_PORT: '2', ROAR_WINDOW_MS: '200' }, file)
  expect([config.port, config['window-ms'], config.guests]).toEqual([3, 200, false])
})

test('the same words mean the same in all three', () => {
  for (const config of [
    read(['--pubsub-urls', 'wss://a/mqtt, wss://b/mqtt', '--slice-form', 'events', '--mqtt-port', '1883']),
    read([], {
      ROAR_PUBSUB_URLS: 'wss://a/mqtt,wss://b/mqtt',
      ROAR_SLICE_FORM: 'events',
      ROAR_MQTT_PORT: '1883',
    }),
    read([], {}, 'pubsub-urls = ["wss://a/mqtt", "wss://b/mqtt"]\nslice-form = "events"\nmqtt-port = 1883\n'),
  ]) {
    expect(config['pubsub-urls']).toEqual(['wss://a/mqtt', 'wss://b/mqtt'])
    expect([config['slice-form'], config['mqtt-port']]).toEqual(['events', 1883])
  }
})

describe('a start that cannot be names the setting and the reason', () => {
  test.each([
    [['--prot', '1'], {}, '', '--prot: is not a setting; did you mean --port?'],
    [['--prot=1'], {}, '', '--prot: is not a setting; did you mean --port?'],
    [['stadium'], {}, '', '"stadium": is too many: it accepts only flags'],
    [['-p', '1'], {}, '', '-p: is not a setting'],
    [['--port'], {}, '', '--port: has no value'],
    [['--port', '--host', 'a'], {}, '', '--port: has no value'],
    [['--host='], {}, '', '--host: "" is empty'],
    [['--port', 'many'], {}, '', '--port: "many" is not a whole number'],
    [['--port', '70000'], {}, '', '--port: "70000" is more than 65535'],
    [['--port', '-1'], {}, '', '--port: "-1" is not a whole number'],
    [['--window-ms', '1'], {}, '', '--window-ms: "1" is less than 50'],
    [['--guests', 'perhaps'], {}, '', '--guests: "perhaps" is not true or false'],
    [['--slice-form', 'raw'], {}, '', '--slice-form: "raw" is not one of: fold, events'],
    [['--store', 'mysql://x'], {}, '', '--store: "mysql://x" is not sqlite:FILE or postgres://…'],
    [['--auth-secret', 'short'], {}, '', '--auth-secret: is shorter than 32 characters'],
    [[], { ROAR_PROT: '1' }, '', 'ROAR_PROT: is not a setting; did you mean ROAR_PORT?'],
    [[], { ROAR_PORT: 'many' }, '', 'ROAR_PORT: "many" is not a whole number'],
    [[], {}, 'prot = 1', 'roar.toml: prot: is not a setting; did you mean port?'],
    [[], {}, 'port = "many"', 'roar.toml: port: "many" is not a whole number'],
    [[], {}, 'port = = 1', 'roar.toml: cannot be read'],
    [['--flush-ms', '6000'], {}, '', 'flush-ms: 6000 is more than flush-ms-max, 5000'],
    [['--mqtt-port', '7766'], {}, '', 'mqtt-port: is the same as port'],
    [['--slice-ms', '500'], {}, '', 'slice-ms: 500 is more than window-ms, 250'],
    [
      ['--auth-jwks', 'http://keys.example/set'],
      {},
      '',
      '--auth-jwks: "http://keys.example/set" is http and not on this machine',
    ],
    [
      ['--auth-jwks', 'HTTP://127.0.0.1.keys.example'],
      {},
      '',
      '--auth-jwks: "HTTP://127.0.0.1.keys.example" is http and not on this machine',
    ],
    [
      ['--auth-producer', 'producer'],
      {},
      '',
      '--auth-producer: "producer" is not CLAIM=VALUE or ISSUER CLAIM=VALUE',
    ],
    [
      ['--auth-issuer', 'https://a', '--auth-producer', 'https://b role=producer'],
      {},
      '',
      'auth-producer: is about the issuer https://b, which auth-issuer does not name',
    ],
    [['--port-file', 'x'], {}, '', '--port-file: is not a setting'],
    [
      ['--host', 'http://localhost'],
      {},
      '',
      '--host: "http://localhost" is not a host name or an address alone',
    ],
    [['--host', 'localhost:7766'], {}, '', '--host: "localhost:7766" is not a host name or an address alone'],
    [['--host', '[::1]'], {}, '', '--host: "[::1]" is not a host name or an address alone'],
    [
      ['--pubsub-urls', 'edge.example'],
      {},
      '',
      '--pubsub-urls: "edge.example" is not a list of addresses like wss:',
    ],
    [
      ['--pubsub-urls', 'https://edge.example'],
      {},
      '',
      '--pubsub-urls: "https://edge.example" is not a list',
    ],
    [['--upstream', 'mqtt://b:65536'], {}, '', '--upstream: "mqtt://b:65536" is not an address like mqtt:'],
    [['--upstream', 'mqtt://b:0'], {}, '', '--upstream: "mqtt://b:0" is not an address like mqtt:'],
    [
      ['--public-url', 'https://b:65536'],
      {},
      '',
      '--public-url: "https://b:65536" is not an address like https:',
    ],
    [['--public-url', 'https://b:0'], {}, '', '--public-url: "https://b:0" is not an address like https:'],
    [
      ['--otlp-endpoint', 'http://b:65536'],
      {},
      '',
      '--otlp-endpoint: "http://b:65536" is not an address like',
    ],
    [
      ['--upstream', 'mqtt://a:1,,mqtt://b:1'],
      {},
      '',
      '--upstream: "mqtt://a:1,,mqtt://b:1" is not an address',
    ],
    [[], { ROAR_AUTH_SECRET_FILE: '' }, '', 'ROAR_AUTH_SECRET_FILE: is empty'],
    [[], {}, '[edg]\nupstream = "mqtt://a:1"', 'roar.toml: [edg]: is not a setting; did you mean edge?'],
    [
      [],
      { ROAR_AUTH_SECRET_FILE: '/nowhere/secret' },
      '',
      'ROAR_AUTH_SECRET_FILE: cannot be read: there is no such file',
    ],
    [
      ['--auth-secret', SECRET, '--auth-secret-file', 'x'],
      {},
      '',
      '--auth-secret-file: conflicts with --auth-secret',
    ],
  ] as const)('%j %j %j', (argv, env, file, message) => {
    expect(refusal([...argv], { ...env }, file)).toStartWith(message)
  })
})

test.each([
  [['--config', '/nowhere/roar.toml'], {}, '/nowhere/roar.toml: cannot be read'],
  [[], { ROAR_CONFIG: '' }, 'config: is empty'],
])('a file that is not there is a plain sentence: %j %j', (argv, env, message) => {
  expect(() => readConfig({ argv, env })).toThrow(ConfigError)
  expect(() => readConfig({ argv, env })).toThrow(message)
})

test('allowed-origins are origins as browsers send them, and any page stands alone', () => {
  const given = (value: string) => read(['--allowed-origins', value])['allowed-origins']
  expect(given('*')).toEqual(['*'])
  expect(given('https://Partner.example:443, https://*.TV.example:8443')).toEqual([
    'https://partner.example',
    'https://*.tv.example:8443',
  ])
  expect(given('capacitor://localhost')).toEqual(['capacitor://localhost'])
  for (const value of [
    '',
    'partner.example',
    'https://partner.example/',
    'https://*',
    'https://partner.example:99999',
    'wss://partner.example',
    'file://',
    'null',
    '*,https://a.example',
  ])
    expect([value, refusal(['--allowed-origins', value])]).toEqual([
      value,
      expect.stringContaining('allowed-origins'),
    ])
})

test('a token for `roar poll` in the environment is no setting and no mistake', () => {
  expect(refusal([], { ROAR_TOKEN: 'a.b.c' })).toBe('accepted')
  const up = readerOf(ROLES.find(({ name }) => name === 'up')!)
  const env = { ROAR_TOKEN: 'a.b.c', ROAR_URL: 'http://there' }
  expect(() => readConfig({ argv: [], env, reader: up })).not.toThrow()
})

describe('every secret may be in a file of its own', () => {
  const folder = mkdtempSync(join(tmpdir(), 'roar-secrets-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const fileOf = (text: string, mode = 0o600): string => {
    const path = join(folder, crypto.randomUUID())
    writeFileSync(path, text)
    chmodSync(path, mode)
    return path
  }
  const warned = (argv: string[], env: Record<string, string> = {}): string[] => {
    const sentences: string[] = []
    readConfig({ argv, env, warn: (sentence) => sentences.push(sentence) })
    return sentences
  }

  test('as a flag, in the environment and in the file, without the end of its last line', () => {
    const path = fileOf(`${SECRET}\n`)
    expect(read(['--auth-secret-file', path])['auth-secret']).toBe(SECRET)
    expect(read([], { ROAR_RELAY_SECRET_FILE: path })['relay-secret']).toBe(SECRET)
    expect(read([], {}, `kafka-password-file = "${path}"`)['kafka-password']).toBe(SECRET)
    const store = fileOf('postgres://roar:hunter2@db/roar\r\n')
    expect(read(['--store-file', store]).store).toBe('postgres://roar:hunter2@db/roar')
    for (const [name, setting] of Object.entries(SETTINGS))
      expect(refusal([`--${name}-file`, fileOf('')]) !== `--${name}-file: is not a setting`).toBe(
        'secret' in setting,
      )
  })

  test('a file without anything in it is no setting that was not given: it stops the start', () => {
    for (const text of ['', '\n'])
      expect(refusal([], { ROAR_STORE_FILE: fileOf(text) })).toBe(
        'ROAR_STORE_FILE: cannot be read: it is empty',
      )
  })

  test('a flag wins over a file of the environment, and what is in the file is checked', () => {
    const path = fileOf('short')
    expect(refusal([], { ROAR_AUTH_SECRET_FILE: path })).toBe(
      'ROAR_AUTH_SECRET_FILE: is shorter than 32 characters',
    )
    expect(read(['--auth-secret', SECRET], { ROAR_AUTH_SECRET_FILE: path })['auth-secret']).toBe(SECRET)
  })

  test('one that others may read or change is named, with its mode', () => {
    expect(warned(['--auth-secret-file', fileOf(SECRET)])).toEqual([])
    const loose = fileOf(SECRET, 0o646)
    expect(warned(['--auth-secret-file', loose])).toEqual([
      `--auth-secret-file: ${loose} has mode 0646: others may read and change the secret in it; chmod 600 keeps them out`,
    ])
    const toml = fileOf(`auth-secret = "${SECRET}"\n`, 0o640)
    expect(warned(['--config', toml])[0]).toStartWith(
      `${toml} has mode 0640: others may read the secret in it`,
    )
    expect(warned(['--config', fileOf('port = 1\n', 0o644)])).toEqual([])
  })
})

test('a key set is warned of until it is said whose tokens are good, and for whom', () => {
  const unwise = (...argv: string[]) => unwiseTokens(read(argv))
  const [jwks, known] = [
    ['--auth-jwks', 'https://keys.example/set'],
    ['--auth-issuer', 'https://a'],
  ]
  expect(unwise()).toBeUndefined()
  expect(unwise(...jwks)).toContain('without auth-issuer and auth-audience')
  expect(unwise(...jwks, ...known)).toContain('without auth-audience')
  expect(unwise(...jwks, ...known, '--auth-audience', 'roar')).toBeUndefined()
  expect(refusal(['--auth-jwks', 'http://[::1]:8080/set'])).toBe('accepted')
})

test('a secret may begin with a dash, and even look like a flag', () => {
  for (const secret of [
    '-a-secret-of-at-least-thirty-two-letters',
    '--a-secret-of-at-least-thirty-two-letters',
  ]) {
    expect(read(['--auth-secret', secret])['auth-secret']).toBe(secret)
    expect(read([`--auth-secret=${secret}`, '--port', '1']).port).toBe(1)
  }
})

test('what check-config prints can be read back, and holds no secret', () => {
  const config = read([
    '--auth-secret',
    SECRET,
    '--store',
    'postgres://roar:hunter2@db/roar',
    '--upstream',
    'mqtt://relay:hunter2@a:1883,mqtt://b:1883,mqtt://relay:hun%2Cter2@c:1883',
    ...['--spark', 'sc://host:15002/;use_ssl=true;token=hunter2;x=y'],
    ...['--spark-checkpoint', 's3a://key:hunter2@bucket/checkpoint'],
    ...['--auth-jwks', 'https://roar:hunter2@keys/set?access_token=hunter2&x=y'],
    ...['--pubsub-urls', 'wss://a/mqtt,wss://me:hunter2@b/mqtt'],
    '--window-ms',
    '500',
  ])
  const printed = printSettings(SETTINGS, config)
  expect(printed).not.toContain(SECRET)
  expect(printed).not.toContain('hunter2')
  expect(printed).toContain('mqtt://relay:(hidden)@a:1883,mqtt://b:1883,mqtt://relay:(hidden)@c:1883')
  expect(printed).toContain('sc://host:15002/;use_ssl=true;token=(hidden);x=y')
  const again = read([], {}, printed.replace('"(hidden)"', '""'))
  expect(again['window-ms']).toBe(500)
})

test('a configuration cannot be changed once it is read', () => {
  expect(() => Object.assign(read(), { port: 1 })).toThrow(TypeError)
})
