import { describe, expect, test } from 'bun:test'
import { type Reader, readSettings } from './read.ts'
import { group, secret, setting, switchSetting } from './setting.ts'
import { text, whole } from './values.ts'

const SETTINGS = group('Test', {
  port: setting(whole(0, 65_535), 7766, 'The port.'),
  'mqtt-port': setting(whole(0, 65_535), 1883, 'Another.'),
  spark: setting(text, 'none', "Another's."),
  password: secret(setting(text, 'none', 'A secret.')),
  tls: switchSetting('A switch.'),
})
const EDGE = {
  name: 'roar edge',
  table: 'edge',
  owns: new Set(['port', 'mqtt-port', 'password', 'tls']),
  ownersOf: () => ['roar aggregate'],
}
const files: Record<string, string> = {}
const read = (argv: string[] = [], env: Record<string, string> = {}, reader: Reader = EDGE) =>
  readSettings({
    settings: SETTINGS,
    argv,
    env,
    reader,
    tables: ['edge', 'aggregate'],
    readFile: (path) => files[path] ?? '',
  })

describe('what is another’s', () => {
  test('stops the start with its name and its owner, as a flag and in a file', () => {
    files.a = 'spark = "sc://x"'
    const sentence = 'is a setting of roar aggregate, and roar edge does not read it'
    expect(() => read(['--spark', 'sc://x'])).toThrow(`--spark: ${sentence}`)
    expect(() => read(['--config', 'a'])).toThrow(`a: spark: ${sentence}`)
  })

  test('is left alone in an environment that several share, whatever its value is', () => {
    expect(read([], { ROAR_SPARK: '', ROAR_PORT: '1' }).port).toBe(1)
    const alone = { ...EDGE, sharesEnvironment: false }
    expect(read([], { ROAR_SPARK: 'sc://x' }, { ...alone, besides: new Set(['spark']) })).toEqual(read())
    expect(() => read([], { ROAR_SPARK: 'sc://x' }, alone)).toThrow(
      'ROAR_SPARK: is a setting of roar aggregate',
    )
  })

  test('is left alone in a server’s file that a command is given; a wrong word and a flag are not', () => {
    files.a = 'port = 1\nspark = "sc://x"'
    const command = { ...EDGE, readsServersFiles: true }
    expect(read(['--config', 'a'], {}, command).port).toBe(1)
    expect(() => read(['--spark', 'sc://x'], {}, command)).toThrow('does not read it')
    files.a = 'sparc = "sc://x"'
    expect(() => read(['--config', 'a'], {}, command)).toThrow('sparc: is not a setting')
  })

  test('is left alone in the environment and in files where it is a flag with a meaning of its own', () => {
    const settings = { ...SETTINGS, spark: { ...SETTINGS.spark, isFlagOnly: true as const } }
    const command = { ...EDGE, owns: new Set(['spark']), onlyFlags: new Set(['spark']) }
    const read = (reader: Reader, ...argv: string[]) =>
      readSettings({
        settings,
        argv: ['--config', 'a', ...argv],
        env: { ROAR_SPARK: 'of the environment' },
        reader: { ...reader, readsServersFiles: true },
        readFile: () => 'port = 1\nspark = "of a file"\n[shared]\nspark = "of several"\n',
      }).spark
    expect(read(command)).toBe('none')
    expect(read(command, '--spark', 'of a flag')).toBe('of a flag')
  })

  test('is left alone in the tables of a file that several share', () => {
    files.a =
      'port = 1\n[shared]\nport = 2\nmqtt-port = 3\nspark = "sc://x"\n[aggregate]\nspark = "sc://y"\n[edge]\nmqtt-port = 4\n'
    expect(read(['--config', 'a'])).toMatchObject({ port: 1, 'mqtt-port': 4, spark: 'none' })
    files.b = '[edge]\nspark = "sc://x"'
    expect(() => read(['--config', 'b'])).toThrow('b: edge.spark: is a setting of roar aggregate')
    files.c = '[shared]\nsprak = 1'
    expect(() => read(['--config', 'c'])).toThrow('c: shared.sprak: is not a setting; did you mean spark?')
  })
})

test.each([
  ['port = nan', 'nan is not a whole number'],
  ['port = -inf', '-inf is not a whole number'],
  ['port = 2026-11-30', '2026-11-30 is not a whole number'],
  ['port = 2026-11-30T20:00:00Z', '2026-11-30T20:00:00Z is not a whole number'],
  ['port = 20:00:00', '20:00:00 is not a whole number'],
  ['port = { a = 1 }', '{"a":1} is not a whole number'],
])('a value of a file that cannot be is said as it stands there: %s', (text, sentence) => {
  files.odd = text
  expect(() => read(['--config', 'odd'])).toThrow(new Error(`odd: port: ${sentence}`))
})

test('of several files the last one wins, and what it leaves out is in those before', () => {
  files.a = 'port = 1\nmqtt-port = 2'
  files.b = 'port = 3'
  expect(read(['--config', 'a', '--config', 'b'])).toMatchObject({ port: 3, 'mqtt-port': 2 })
  expect(read([], { ROAR_CONFIG: 'a,b' })).toMatchObject({ port: 3, 'mqtt-port': 2 })
  expect(read(['--config=b'], { ROAR_CONFIG: 'a' })).toMatchObject({ port: 3, 'mqtt-port': 1883 })
})

test('what Kubernetes puts into the environment of a pod beside a Service of our name is nobody’s setting', () => {
  const links = {
    ROAR_SERVICE_HOST: '10.0.0.1',
    ROAR_SERVICE_PORT: '7766',
    ROAR_SERVICE_PORT_HTTP: '7766',
    ROAR_PORT: 'tcp://10.96.0.12:7766',
    ROAR_PORT_7766_TCP: 'tcp://10.96.0.12:7766',
    ROAR_PORT_7766_TCP_ADDR: '10.96.0.12',
    ROAR_PORT_7766_TCP_PORT: '7766',
    ROAR_PORT_7766_TCP_PROTO: 'tcp',
    ROAR_STUDIO_SERVICE_PORT: '7766',
    ROAR_STUDIO_PORT: 'tcp://10.96.0.13:7766',
    // A Service called roar-mqtt.
    ROAR_MQTT_PORT: 'tcp://10.96.0.14:1883',
    ROAR_MQTT_SERVICE_HOST: '10.96.0.14',
    ROAR_DNS_PORT_53_UDP: 'udp://10.96.0.10:53',
    // Of Docker, for a linked container.
    ROAR_NAME: '/web/roar',
    ROAR_ENV_NODE_VERSION: '22',
    ROAR_1_NAME: '/web/roar_1',
    ROAR_1_ENV_TZ: 'UTC',
  }
  expect(read([], links)).toEqual(read())
  expect(read([], { ...links, ROAR_PORT: '1', ROAR_MQTT_PORT: '2' })).toMatchObject({
    port: 1,
    'mqtt-port': 2,
  })
})

describe('a wrong word', () => {
  test.each([
    [['--prot', '1'], '--prot: is not a setting; did you mean --port?'],
    [['--mqtt-prot=1'], '--mqtt-prot: is not a setting; did you mean --mqtt-port?'],
    [['--port', 'many'], '--port: "many" is not a whole number'],
    [['--stadium'], '--stadium: is not a setting'],
    // Not what the reader may not have either.
    [['--sparc', 'x'], '--sparc: is not a setting'],
    [['stadium'], '"stadium": is too many: roar edge accepts only flags'],
    [['port', '1'], '"port": is too many: roar edge accepts only flags; did you mean --port?'],
    [['port=1'], '"port": is too many: roar edge accepts only flags; did you mean --port?'],
  ])('%j', (argv, sentence) => {
    expect(() => read(argv)).toThrow(new Error(sentence))
  })

  test('of a secret is not said', () => {
    expect(() => read(['--password', ''])).toThrow(new Error('--password: is empty'))
  })
})

test('a switch stands alone, or with what it is', () => {
  expect(read(['--tls', '--port', '1'])).toMatchObject({ tls: true, port: 1 })
  expect(read(['--tls', 'false']).tls).toBe(false)
  expect(read(['--tls=false']).tls).toBe(false)
  expect(read([], { ROAR_TLS: 'true' }).tls).toBe(true)
})

test('what belongs to a command alone is refused in a file and in the environment', () => {
  const settings = { sub: { ...setting(text, 'none', 'A name.'), isFlagOnly: true as const } }
  const read = (options: { file?: string; env?: Record<string, string>; argv?: string[] }) =>
    readSettings({
      settings,
      argv: ['--config', 'a', ...(options.argv ?? [])],
      env: options.env ?? {},
      readFile: () => options.file ?? '',
    }).sub
  expect(() => read({ file: 'sub = "ann"' })).toThrow('a: sub: can only be a flag: --sub')
  expect(() => read({ file: '[shared]\nsub = "ann"' })).toThrow('a: shared.sub: can only be a flag: --sub')
  expect(() => read({ env: { ROAR_SUB: 'ann' } })).toThrow('ROAR_SUB: is not a setting')
  expect(read({ argv: ['--sub', 'ann'] })).toBe('ann')
})
