import * as v from 'valibot'
import { EDGE_URL_LENGTH_MAX, EDGE_URLS_MAX, isEdgeUrl } from '../../protocol/fleet.ts'
import { group, secret, setting } from '../../settings/setting.ts'
import { list, oneOf, whole } from '../../settings/values.ts'
import { addressesOf } from '../http/address-ranges.ts'

/** Where viewers come in. */
export const EDGE_PORT_SETTINGS = group("Viewers' connections", {
  'mqtt-port': setting(
    v.union([v.literal('off'), whole(0, 65_535)], 'is not a port or off'),
    'off',
    'The port for MQTT over TCP; usually 1883, or 8883 with mqtt-cert. off: none.',
  ),
  'mqtt-cert': setting(
    v.string(),
    '',
    'A PEM file with the certificate and its intermediates, for TLS on mqtt-port. A changed file is reloaded without a restart. Empty: no TLS.',
  ),
  'mqtt-key': setting(v.string(), '', 'A PEM file with the key of mqtt-cert.'),
  workers: setting(
    whole(1, 64),
    1,
    'Processes of roar edge that share its ports, where one core is too few for its viewers.',
  ),
})

/** Addresses, and ranges of them. */
const addressRanges = v.pipe(
  list,
  v.check(
    (ranges) => ranges.every((range) => addressesOf([range]) !== undefined),
    'is not an address or a range like 10.0.0.0/8',
  ),
)

/** Whom an edge takes, and how much of all, of one connection and of one address. */
export const EDGE_SETTINGS = group('Limits of viewers', {
  'relay-secret': secret(
    setting(
      v.pipe(v.string(), v.regex(/^$|^.{16,}$/s, 'is shorter than 16 characters')),
      '',
      'The password with which other edges and bridges may subscribe to every show here. Empty, and relay-ca too: only those on this machine may, over mqtt-port.',
    ),
  ),
  'relay-ca': setting(
    v.string(),
    '',
    'A PEM file with the authority whose certificates make their holders relays, as relay-secret does, over mqtts and wss: one of your own, as whoever has such a certificate hears every show. A changed file is reloaded without a restart. Empty: certificates make nobody one.',
  ),
  'relay-names': setting(
    v.pipe(
      list,
      v.everyItem(
        (name) => /^(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*$/i.test(name),
        'has one that is not like e1.edges.example or *.edges.example',
      ),
      v.transform((names) => names.map((name) => name.toLowerCase())),
    ),
    [],
    'The DNS names (subject alternative names) of which a certificate of relay-ca must have one; *. stands for one label. Empty: each certificate of it will do.',
  ),
  'edge-connections': setting(
    whole(0, 1_000_000),
    0,
    'Viewers of one edge at once; further ones are told to retry later. 0: as many as the process may open sockets (ulimit -n), at most a million.',
  ),
  'edge-urls': setting(
    v.pipe(
      list,
      v.maxLength(EDGE_URLS_MAX, `are more than ${EDGE_URLS_MAX}`),
      v.check(
        (urls) => urls.every(isEdgeUrl),
        `is not a list of addresses like wss://e7.example/mqtt or mqtts://e7.example, of ${EDGE_URL_LENGTH_MAX} characters at most`,
      ),
    ),
    [],
    'Where viewers reach this very edge. It reports them with its load, so that shows name the edges with room, and edges send viewers to each other. Empty: viewers find it by DNS or a balancer.',
  ),
  'edge-connects-per-second': setting(
    whole(0, 1_000_000),
    2_000,
    'New connections a second of one edge, with bursts of twice as many; further ones are told where to go or when to retry. 0: no limit.',
  ),
  'edge-drain-percent': setting(
    whole(1, 100),
    2,
    'Of a crowd, how many percent an edge that stops sends away each second; a stop takes as long, and drain-ms at least.',
  ),
  'edge-filters': setting(whole(1, 10_000), 64, 'Topic filters of one connection.'),
  'edge-packets-per-second': setting(
    whole(0, 1_000_000),
    100,
    'MQTT packets a second that one connection may send, with bursts of ten times as many. One address may send 50 times as many. 0: no limit.',
  ),
  'edge-work-per-second': setting(
    whole(0, 100_000_000),
    5_000,
    "Steps of work a second that one connection's packets may cause, with bursts of ten times as many: 8 for a filter, 1 for a topic that it is matched against and for 64 bytes of a retained value. One address may have ten times as much. 0: no limit.",
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
    'How long a socket may read nothing of what waits for it, in milliseconds, before it is closed.',
  ),
  'edge-topics': setting(whole(100, 10_000_000), 100_000, 'Topics whose newest message an edge keeps.'),
  'edge-address-connections': setting(
    whole(0, 1_000_000),
    10_000,
    'Viewers at once from one address, an IPv6 /64 being one; a /48 may have 16 times as much of this and of the next four. 0: no limit.',
  ),
  'edge-address-connects-per-second': setting(
    whole(0, 1_000_000),
    500,
    'New connections a second from one address, with bursts of ten times as many. 0: no limit.',
  ),
  'edge-address-bad-tokens': setting(
    whole(0, 1_000_000),
    600,
    'Invalid tokens a minute from one address, before all its tokens are rejected unread. 0: no limit.',
  ),
  'edge-address-bytes-per-second': setting(
    whole(0, 1_000_000_000),
    1024 * 1024,
    'Bytes a second that the viewers of one address may send, with bursts of ten times as many. 0: no limit.',
  ),
  'edge-proxies': setting(
    addressRanges,
    [],
    'Load balancers in front of mqtt-port that speak PROXY protocol version 2, as addresses or ranges like 10.0.0.0/8. From them the header is required and trusted, from nobody else.',
  ),
  'edge-tokens': setting(
    oneOf('optional', 'required'),
    'optional',
    'required: every connection needs a valid token, as the password or ?token=, and ends when it expires.',
  ),
})
