import { describe, expect, test } from 'bun:test'
import { ConfigError, printConfig, readConfig } from './config.ts'
import { SETTINGS } from './settings.ts'

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

describe('a start that can not be names the setting and the reason', () => {
  test.each([
    [['--prot', '1'], {}, '', '--prot: is not a setting'],
    [['--prot=1'], {}, '', '--prot: is not a setting'],
    [['stadium'], {}, '', 'stadium: is not a setting'],
    [['-p', '1'], {}, '', '-p: is not a setting'],
    [['--port'], {}, '', '--port: has no value'],
    [['--port', '--host', 'a'], {}, '', '--port: has no value'],
    [['--host='], {}, '', '--host: is empty'],
    [['--port', 'many'], {}, '', '--port: is not a whole number'],
    [['--port', '70000'], {}, '', '--port: is more than 65535'],
    [['--port', '-1'], {}, '', '--port: is not a whole number'],
    [['--window-ms', '1'], {}, '', '--window-ms: is less than 50'],
    [['--guests', 'perhaps'], {}, '', '--guests: is not true or false'],
    [['--slice-form', 'raw'], {}, '', '--slice-form: is not one of: fold, events'],
    [['--store', 'mysql://x'], {}, '', '--store: is not sqlite:FILE or postgres://…'],
    [['--auth-secret', 'short'], {}, '', '--auth-secret: is shorter than 32 characters'],
    [[], { ROAR_PROT: '1' }, '', 'ROAR_PROT: is not a setting'],
    [[], { ROAR_PORT: 'many' }, '', 'ROAR_PORT: is not a whole number'],
    [[], {}, 'prot = 1', 'roar.toml: prot: is not a setting'],
    [[], {}, 'port = "many"', 'roar.toml: port: is not a whole number'],
    [[], {}, 'port = = 1', 'roar.toml: can not be read'],
    [['--flush-ms', '6000'], {}, '', 'flush-ms: 6000 is more than flush-ms-max, 5000'],
    [['--mqtt-port', '7766'], {}, '', 'mqtt-port: is the same as port'],
    [['--slice-ms', '500'], {}, '', 'slice-ms: 500 is more than window-ms, 250'],
  ] as const)('%j %j %j', (argv, env, file, message) => {
    expect(refusal([...argv], { ...env }, file)).toStartWith(message)
  })
})

test.each([
  [['--config', '/nowhere/roar.toml'], {}, '/nowhere/roar.toml: can not be read'],
  [[], { ROAR_CONFIG: '' }, 'config: can not be read'],
])('a file that is not there is a plain sentence: %j %j', (argv, env, message) => {
  expect(() => readConfig({ argv, env })).toThrow(ConfigError)
  expect(() => readConfig({ argv, env })).toThrow(message)
})

test('a token for `roar poll` in the environment is no setting and no mistake', () => {
  expect(refusal([], { ROAR_TOKEN: 'a.b.c' })).toBe('accepted')
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
  const secret = 'a-secret-of-at-least-thirty-two-characters'
  const config = read([
    '--auth-secret',
    secret,
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
  const printed = printConfig(config)
  expect(printed).not.toContain(secret)
  expect(printed).not.toContain('hunter2')
  expect(printed).toContain('mqtt://relay:(hidden)@a:1883,mqtt://b:1883,mqtt://relay:(hidden)@c:1883')
  expect(printed).toContain('sc://host:15002/;use_ssl=true;token=(hidden);x=y')
  const again = read([], {}, printed.replace('"(hidden)"', '""'))
  expect(again['window-ms']).toBe(500)
})

test('a configuration can not be changed once it is read', () => {
  expect(() => Object.assign(read(), { port: 1 })).toThrow(TypeError)
})
