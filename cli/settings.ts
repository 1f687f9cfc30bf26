import * as v from 'valibot'
import type { TrustProxy } from '../services/http/forwarded.ts'
import { parseClaimRule } from '../services/identity/claim-rule.ts'
import { isKeySetPlace } from '../services/identity/key-set.ts'

/** One setting: the same name as a flag (`--window-ms`), in the environment (`ROAR_WINDOW_MS`) and in the TOML file. */
interface Setting<Output = unknown> {
  schema: v.GenericSchema<unknown, Output>
  default: Output
  help: string
  /** Never printed: the whole of it, or the passwords in an address. It may be in a file of its own, `NAME-file`. */
  secret?: 'whole' | 'in-address'
}

const setting = <Output>(
  schema: v.GenericSchema<unknown, Output>,
  fallback: NoInfer<Output>,
  help: string,
): Setting<Output> => ({ schema, default: fallback, help })

const withPasswords = <Output>(given: Setting<Output>) => ({ ...given, secret: 'in-address' as const })

/** A flag and the environment know only text; the file has numbers. */
const whole = (min: number, max: number) =>
  v.pipe(
    v.union([v.number(), v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number))], 'is not a whole number'),
    v.integer('is not a whole number'),
    v.minValue(min, `is less than ${min}`),
    v.maxValue(max, `is more than ${max}`),
  )
const yesOrNo = v.union(
  [
    v.boolean(),
    v.pipe(
      v.picklist(['true', 'false']),
      v.transform((text) => text === 'true'),
    ),
  ],
  'is not true or false',
)
const text = v.pipe(v.string('is not a text'), v.nonEmpty('is empty'))
const oneOf = <const T extends string>(...values: T[]) =>
  v.picklist(values, `is not one of: ${values.join(', ')}`)
const list = v.union(
  [
    v.array(v.string()),
    v.pipe(
      v.string(),
      v.transform((csv) =>
        csv
          .split(',')
          .map((item) => item.trim())
          .filter((item) => item !== ''),
      ),
    ),
  ],
  'is not a list',
)

const claimRules = v.pipe(
  list,
  v.everyItem(
    (rule) => parseClaimRule(rule) !== undefined,
    'is not CLAIM=VALUE or ISSUER CLAIM=VALUE, or a list of them',
  ),
)

/** One, or several with commas between; a comma in a password is %2C. */
const mqttAddresses = v.pipe(
  v.string(),
  v.regex(
    /^$|^(mqtts?|wss?):\/\/[^,]+(,(mqtts?|wss?):\/\/[^,]+)*$/,
    'is not an address like mqtt://host:1883, or several with commas between',
  ),
)

export const SETTINGS = {
  host: setting(text, '127.0.0.1', 'The address to listen on. 0.0.0.0: every address of this machine.'),
  port: setting(whole(0, 65_535), 7766, 'The port for HTTP and for MQTT over WebSocket. 0: any free one.'),
  'mqtt-port': setting(
    v.union([v.literal('off'), whole(0, 65_535)], 'is not a port or off'),
    'off',
    'The port for MQTT over TCP; usually 1883. off: none.',
  ),
  workers: setting(
    whole(1, 64),
    1,
    'Processes of roar edge that share its ports, where one core is too few for its viewers.',
  ),
  data: setting(text, './roar-data', 'The folder for everything that must survive a restart.'),
  store: withPasswords(
    setting(
      v.pipe(v.string(), v.regex(/^$|^sqlite:.+|^postgres(ql)?:\/\//, 'is not sqlite:FILE or postgres://…')),
      '',
      'The database: sqlite:FILE or postgres://…. Empty: roar.db in the data folder.',
    ),
  ),
  'log-level': setting(oneOf('debug', 'info', 'warn', 'error', 'silent'), 'info', 'How much to log.'),
  log: setting(
    v.pipe(v.string(), v.regex(/^$|^kafka:\/\/.+/, 'is not kafka://host:port,…')),
    '',
    'The log of a cluster: kafka://host:port,….',
  ),
  'topic-prefix': setting(text, 'roar-', "What the topics' names on Kafka begin with."),
  'kafka-tls': setting(yesOrNo, false, 'Whether to speak TLS to Kafka.'),
  'kafka-ca': setting(
    v.string(),
    '',
    "A PEM file with the authority of Kafka's certificates. Empty: those that the system trusts.",
  ),
  'kafka-sasl': setting(
    oneOf('', 'plain', 'scram-sha-256', 'scram-sha-512'),
    '',
    'How to sign in to Kafka: plain, scram-sha-256 or scram-sha-512. Empty: not at all.',
  ),
  'kafka-user': setting(v.string(), '', 'Who signs in to Kafka.'),
  'kafka-password': { ...setting(v.string(), '', 'The password of kafka-user.'), secret: 'whole' as const },
  spark: withPasswords(
    setting(
      v.pipe(v.string(), v.regex(/^$|^sc:\/\/.+/, 'is not sc://host:port')),
      '',
      'The Spark Connect server that counts: sc://host:port.',
    ),
  ),
  'spark-checkpoint': setting(
    v.string(),
    '',
    "The folder of Spark's checkpoint, on storage that all of Spark sees: s3a://…, hdfs://…, or a path.",
  ),
  'spark-window-ms': setting(
    whole(100, 600_000),
    2000,
    "Spark's windows, in milliseconds. A checkpoint keeps what it began with.",
  ),
  'spark-trigger-ms': setting(whole(100, 60_000), 500, 'How often Spark begins a batch, in milliseconds.'),
  'spark-votes-trigger-ms': setting(
    whole(100, 60_000),
    2000,
    'How often Spark begins a batch of votes, in milliseconds.',
  ),
  pubsub: withPasswords(
    setting(
      mqttAddresses,
      '',
      'The MQTT broker of a cluster: where deliver publishes, or what ingest serves the fallbacks from. Deliver without one holds an edge itself.',
    ),
  ),
  'pubsub-ca': setting(
    v.string(),
    '',
    'A PEM file with the authority of the certificates of pubsub and upstream. Empty: those that the system trusts.',
  ),
  upstream: withPasswords(
    setting(
      mqttAddresses,
      '',
      'Where an edge or a bridge takes packets from: a broker, or another edge with its secret, mqtt://relay:SECRET@host:1883. Several with commas between are tried in turn.',
    ),
  ),
  'relay-secret': {
    ...setting(
      v.pipe(v.string(), v.regex(/^$|^.{16,}$/s, 'is shorter than 16 characters')),
      '',
      "The password with which other edges and bridges may hear every show here. Empty: only this machine's own may, over mqtt-port.",
    ),
    secret: 'whole' as const,
  },
  'window-ms': setting(
    whole(50, 60_000),
    250,
    'The length of a window and the rhythm of packets, in milliseconds.',
  ),
  'slice-ms': setting(
    whole(0, 60_000),
    0,
    'How often reactions go to the log, in milliseconds. 0: each window.',
  ),
  'slice-reactions': setting(
    whole(1, 1_000_000),
    20_000,
    'Reactions of a show after which they go to the log at once.',
  ),
  'slice-form': setting(
    oneOf('fold', 'events'),
    'fold',
    'fold: equal reactions are one entry. events: each burst is kept.',
  ),
  'fast-lane': setting(
    oneOf('', 'on', 'off'),
    '',
    "Whether taps are read by a lane of Roar's own before the runtime's server. Empty: on for roar ingest, off for roar up.",
  ),
  'slices-waiting': setting(
    whole(2, 10_000),
    64,
    'Slices of a show that wait for a log that is away before they are merged.',
  ),
  'flush-ms': setting(whole(100, 60_000), 1000, 'How often clients send their taps, in milliseconds.'),
  'flush-ms-max': setting(
    whole(100, 60_000),
    5000,
    'How rarely clients are asked to send under load, before they sample.',
  ),
  'requests-per-second': setting(
    whole(0, 10_000_000),
    25_000,
    'Bursts a second after which clients are asked to send less. 0: never.',
  ),
  'viewer-per-second': setting(
    whole(0, 1_000_000),
    20,
    'Requests a second of one signed-in viewer. 0: no limit.',
  ),
  'viewer-burst': setting(whole(1, 1_000_000), 40, 'Requests of one signed-in viewer at once.'),
  'address-per-second': setting(
    whole(0, 10_000_000),
    1000,
    'Requests a second of one address; many viewers may share it. 0: no limit.',
  ),
  'address-burst': setting(whole(1, 10_000_000), 2000, 'Requests of one address at once.'),
  'issuer-per-second': setting(
    whole(0, 1_000_000),
    0,
    "New ballots a second of one issuer of tokens (the token's iss). 0: no limit.",
  ),
  'issuer-burst': setting(whole(1, 10_000_000), 1000, 'New ballots of one issuer at once.'),
  'quarantine-percent': setting(
    whole(0, 100),
    80,
    'How suspicious a network may be before its ballots go to quarantine, in percent. 100: never.',
  ),
  'limit-loopback': setting(
    yesOrNo,
    false,
    "Whether the limit of addresses also holds for this machine's own.",
  ),
  'edge-connections': setting(
    whole(0, 1_000_000),
    0,
    'Viewers of one edge at once. One more is asked to come again. 0: as many as the process may open sockets (ulimit -n), at most a million.',
  ),
  'edge-filters': setting(whole(1, 10_000), 64, 'Topic filters of one connection.'),
  'edge-packets-per-second': setting(
    whole(0, 1_000_000),
    100,
    'MQTT packets a second that one connection may send, ten times as many at once. 0: no limit.',
  ),
  'edge-work-per-second': setting(
    whole(0, 100_000_000),
    5_000,
    "Steps of work a second that one connection's packets may cause, ten times as many at once: a filter, a topic that it is held against, 64 bytes of a retained value. 0: no limit.",
  ),
  'edge-keep-alive-s': setting(
    whole(1, 600),
    600,
    'The longest keep-alive, in seconds, that an MQTT 5 client is granted.',
  ),
  'edge-backlog-bytes': setting(
    whole(1024, 64 * 1024 * 1024),
    64 * 1024,
    "Bytes that may wait for one viewer's socket; above it packets are skipped.",
  ),
  'edge-slow-ms': setting(
    whole(1_000, 600_000),
    15_000,
    'How long a socket may take nothing of what waits for it, in milliseconds, before it is cut.',
  ),
  'edge-topics': setting(whole(100, 10_000_000), 100_000, 'Topics that an edge remembers.'),
  'edge-address-connections': setting(
    whole(0, 1_000_000),
    10_000,
    'Viewers at once from one address, an IPv6 /64 being one; a /48 may have 16 times as much of this and of the next four. 0: no limit.',
  ),
  'edge-address-connects-per-second': setting(
    whole(0, 1_000_000),
    500,
    'New connections a second from one address, ten times as many at once. 0: no limit.',
  ),
  'edge-address-bad-tokens': setting(
    whole(0, 1_000_000),
    600,
    'Wrong tokens a minute from one address, before none is looked at. 0: no limit.',
  ),
  'edge-address-bytes-per-second': setting(
    whole(0, 1_000_000_000),
    1024 * 1024,
    'Bytes a second that the viewers of one address may send, ten times as many at once. 0: no limit.',
  ),
  'edge-tokens': setting(
    oneOf('optional', 'required'),
    'optional',
    'required: nobody connects without a good token, as the password or ?token=, and none outlives it.',
  ),
  'trust-proxy': setting(
    v.union([yesOrNo, v.literal('forwarded')], 'is not true, false or forwarded') as v.GenericSchema<
      unknown,
      TrustProxy
    >,
    false,
    'Whether X-Forwarded-For and X-Forwarded-Proto, or else Forwarded, are believed: only behind a proxy of your own. forwarded: the latter alone.',
  ),
  'framed-by': setting(
    v.pipe(
      list,
      v.everyItem(
        (origin) => /^https?:\/\/(\*\.)?[\w.-]+(:\d+)?$/.test(origin),
        'has one that is not like https://host',
      ),
    ),
    [],
    "Origins whose pages may show the viewer's page in a frame. Empty: this server's own alone.",
  ),
  'idle-s': setting(
    whole(1, 255),
    30,
    'Seconds without progress after which a request is cut; a body that drips makes none.',
  ),
  guests: setting(yesOrNo, true, 'Whether anyone may have a token under a name of their choice.'),
  'auth-secret': {
    ...setting(
      v.pipe(v.string(), v.regex(/^$|^.{32,}$/s, 'is shorter than 32 characters')),
      '',
      'Signs and verifies HS256 tokens. Empty: made at the first start and kept in the data folder.',
    ),
    secret: 'whole' as const,
  },
  'auth-jwks': setting(
    v.pipe(
      v.string('is not a text'),
      v.check(isKeySetPlace, 'is http and not on this machine: whoever is on the way could give other keys'),
    ),
    '',
    'A file or an https address with the public keys of EdDSA, ES256 and RS256 tokens.',
  ),
  'auth-issuer': setting(
    list,
    [],
    'The issuers (iss) whose tokens are accepted. Empty: every one whose signature is good.',
  ),
  'auth-audience': setting(
    list,
    [],
    'What this server is called in tokens (aud). One for others alone is refused, and with this so is one of the key set for nobody.',
  ),
  'auth-producer': setting(
    claimRules,
    ['role=producer'],
    "The claims that make a producer: CLAIM=VALUE in tokens signed with auth-secret, ISSUER CLAIM=VALUE in an issuer's.",
  ),
  'auth-verified': setting(
    claimRules,
    [],
    'The claims by which an issuer vouches for a person, for polls of verified viewers: in the form of auth-producer.',
  ),
  'pubsub-urls': setting(
    list,
    [],
    'Where viewers connect, as MQTT addresses. Empty: /mqtt at the address they asked.',
  ),
  'drain-ms': setting(
    whole(0, 600_000),
    10_000,
    'How long a stop may take, in milliseconds, before what is left is given up.',
  ),
} satisfies Record<string, Setting>

export type SettingName = keyof typeof SETTINGS
/** The settings as one frozen value, by their names. */
export type Config = Readonly<{ [Name in SettingName]: (typeof SETTINGS)[Name]['default'] }>
