import * as v from 'valibot'
import { EDGE_URL_LENGTH_MAX, EDGE_URLS_MAX, isEdgeUrl } from '../../protocol/fleet.ts'
import { effectiveWith, group, secret, setting } from '../../settings/setting.ts'
import { list, oneOf, whole } from '../../settings/values.ts'
import { addressesOf } from '../http/address-ranges.ts'

/** Where viewers connect. */
export const EDGE_PORT_SETTINGS = group("Viewers' connections", {
  'mqtt-port': setting(
    v.union([v.literal('off'), whole(0, 65_535)], 'is not a port or off'),
    'off',
    'The port for MQTT over TCP; usually 1883, or 8883 with mqtt-cert. off: none.',
  ),
  'mqtt-cert': effectiveWith(
    ['mqtt-port'],
    setting(
      v.string(),
      '',
      'A PEM file with the certificate and its intermediates, for TLS on mqtt-port. A changed file is reloaded without a restart. Empty: no TLS.',
    ),
  ),
  'mqtt-key': effectiveWith(['mqtt-port'], setting(v.string(), '', 'A PEM file with the key of mqtt-cert.')),
  workers: setting(
    whole(1, 64),
    1,
    'Number of processes that share the ports of roar edge, if one core is not enough for its viewers.',
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

/** Whom an edge admits, and its limits in total, per connection and per address. */
export const EDGE_SETTINGS = group('Limits of viewers', {
  'relay-secret': secret(
    setting(
      v.pipe(v.string(), v.regex(/^$|^.{16,}$/s, 'is shorter than 16 characters')),
      '',
      'The password with which other edges and bridges may subscribe to every show. If this and relay-ca are empty, only those on this machine may, over mqtt-port.',
    ),
  ),
  'relay-ca': setting(
    v.string(),
    '',
    'A PEM file with the authority whose certificates identify relays, as relay-secret does, over mqtts and wss. Use an authority of your own, because anyone with such a certificate receives every show. A changed file is reloaded without a restart. Empty: certificates identify no relays.',
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
    'DNS names (subject alternative names), of which a certificate of relay-ca must have one; *. stands for one label. Empty: any of its certificates is accepted.',
  ),
  'edge-connections': setting(
    whole(0, 1_000_000),
    0,
    'The most viewers connected to one edge; more are told to retry later. 0: as many sockets as the process may open (ulimit -n), at most a million.',
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
    'The addresses at which viewers reach this particular edge. It reports them with its load, so that shows list the edges with room and edges can redirect viewers to each other. Empty: viewers find it by DNS or a balancer.',
  ),
  'edge-connects-per-second': setting(
    whole(0, 1_000_000),
    2_000,
    'New connections per second on one edge, with bursts of twice as many; more are redirected or told when to retry. 0: no limit.',
  ),
  'edge-drain-percent': setting(
    whole(1, 100),
    2,
    'The percentage of its viewers that a stopping edge sends away per second; the stop takes this long, or drain-ms if that is longer.',
  ),
  'edge-filters': setting(whole(1, 10_000), 64, 'The most topic filters of one connection.'),
  'edge-packets-per-second': setting(
    whole(0, 1_000_000),
    100,
    'MQTT packets per second that one connection may send, with bursts of ten times as many. One address may send 50 times as many. 0: no limit.',
  ),
  'edge-work-per-second': setting(
    whole(0, 100_000_000),
    5_000,
    "Steps of work per second that one connection's packets may cause, with bursts of ten times as many: 8 for a filter, 1 for each topic matched against it and for each 64 bytes of a retained value. One address may cause ten times as many. 0: no limit.",
  ),
  'edge-keep-alive-s': setting(
    whole(1, 600),
    600,
    'The longest keep-alive, in seconds, that an MQTT 5 client is granted.',
  ),
  'edge-backlog-bytes': setting(
    whole(1024, 64 * 1024 * 1024),
    64 * 1024,
    "Bytes that may wait for one viewer's socket; beyond that, packets are skipped.",
  ),
  'edge-slow-ms': setting(
    whole(1_000, 600_000),
    15_000,
    'How long a viewer may leave waiting data unread, in milliseconds, before the socket is closed.',
  ),
  'edge-topics': setting(
    whole(100, 10_000_000),
    100_000,
    'The most topics whose newest message an edge keeps.',
  ),
  'edge-address-connections': setting(
    whole(0, 1_000_000),
    10_000,
    'The most viewers connected from one address, where an IPv6 /64 counts as one. A /48 may have 16 times as much of this and of the next three limits. 0: no limit.',
  ),
  'edge-address-connects-per-second': setting(
    whole(0, 1_000_000),
    500,
    'New connections per second from one address, with bursts of ten times as many. 0: no limit.',
  ),
  'edge-address-bad-tokens': setting(
    whole(0, 1_000_000),
    600,
    'Invalid tokens per minute from one address, before all its tokens are rejected unread. 0: no limit.',
  ),
  'edge-address-bytes-per-second': setting(
    whole(0, 1_000_000_000),
    1024 * 1024,
    'Bytes per second that the viewers of one address may send, with bursts of ten times as many. 0: no limit.',
  ),
  'edge-proxies': effectiveWith(
    ['mqtt-port'],
    setting(
      addressRanges,
      [],
      'Load balancers in front of mqtt-port that speak PROXY protocol version 2, as addresses or ranges like 10.0.0.0/8. The header is required and trusted from these addresses only.',
    ),
  ),
  'edge-tokens': setting(
    oneOf('optional', 'required'),
    'optional',
    'required: every connection needs a valid token, as the password or ?token=, and ends when it expires.',
  ),
})
