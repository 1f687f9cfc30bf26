import * as v from 'valibot'
import { effectiveWith, group, setting } from '../../settings/setting.ts'
import { isMqttAddress, list, oneOf, whole, yesOrNo } from '../../settings/values.ts'

/** How taps become slices in the log, and how clients are paced. */
const SLICES = group('Taps', {
  'slice-ms': setting(
    whole(0, 60_000),
    0,
    'How often reactions are written to the log, in milliseconds. 0: once per window.',
  ),
  'slice-reactions': setting(
    whole(1, 1_000_000),
    20_000,
    "Number of a show's waiting reactions after which they are written to the log at once.",
  ),
  'slice-form': setting(
    oneOf('fold', 'events'),
    'fold',
    'fold: equal reactions are combined into one entry. events: each burst is kept.',
  ),
  'fast-lane': setting(
    oneOf('', 'on', 'off'),
    '',
    "Whether Roar's own fast parser handles taps before the runtime's HTTP server. Empty: on for roar ingest and roar up.",
  ),
  'slices-waiting': setting(
    whole(2, 10_000),
    64,
    'How many slices of a show wait for an unreachable log before they are merged.',
  ),
  'flush-ms': setting(whole(100, 60_000), 1000, 'How often clients send their taps, in milliseconds.'),
  'flush-ms-max': setting(
    whole(100, 60_000),
    5000,
    'The longest interval that clients are asked to use under load, in milliseconds, before they send samples.',
  ),
  'requests-per-second': setting(
    whole(0, 10_000_000),
    25_000,
    'Bursts per second beyond which clients are asked to send less. 0: never.',
  ),
  'pubsub-urls': setting(
    v.pipe(
      list,
      v.check((urls) => urls.every(isMqttAddress), 'is not a list of addresses like wss://edge.example/mqtt'),
    ),
    [],
    'The MQTT addresses to which viewers connect. Empty: /mqtt at the address they requested.',
  ),
})

/** Limits of one sender. */
const LIMITS = group('Limits', {
  'viewer-per-second': setting(
    whole(0, 1_000_000),
    20,
    'Requests per second from one signed-in viewer. 0: no limit.',
  ),
  'viewer-burst': effectiveWith(
    ['viewer-per-second'],
    setting(whole(1, 1_000_000), 40, 'Largest burst of requests from one signed-in viewer.'),
  ),
  'address-per-second': setting(
    whole(0, 10_000_000),
    1000,
    'Taps, votes and posts per second from one address, and as many other requests; probes and Prometheus are counted apart. Many viewers may share an address. 0: no limit.',
  ),
  'address-burst': effectiveWith(
    ['address-per-second'],
    setting(whole(1, 10_000_000), 2000, 'Largest burst of requests from one address.'),
  ),
  'guests-per-second': setting(
    whole(0, 1_000_000),
    10,
    'Guest tokens per second for one IPv4 address or IPv6 /64, and ten times as many for its network, a /24 or /48. Beyond that, each request waits up to 3 seconds. 0: no limit.',
  ),
  'guests-burst': effectiveWith(
    ['guests-per-second'],
    setting(whole(1, 10_000_000), 200, 'Largest burst of guest tokens for one address or network.'),
  ),
  'limit-loopback': setting(
    yesOrNo,
    false,
    "Whether the limits of addresses also apply to this machine's own.",
  ),
})

/** For a process that accepts taps and posts. */
export const TAP_SETTINGS = { ...SLICES, ...LIMITS }

/** Additional settings of a process that accepts votes. */
export const VOTE_SETTINGS = group('Votes', {
  'issuer-per-second': setting(
    whole(0, 1_000_000),
    0,
    'New ballots per second from one token issuer (iss). 0: no limit.',
  ),
  'issuer-burst': effectiveWith(
    ['issuer-per-second'],
    setting(whole(1, 10_000_000), 1000, 'Largest burst of new ballots from one issuer.'),
  ),
  'network-per-second': setting(
    whole(0, 10_000_000),
    200,
    'New ballots per second from one network, IPv4 /24 or IPv6 /48, in one poll. Ballots beyond that are quarantined. 0: no limit.',
  ),
  'network-burst': effectiveWith(
    ['network-per-second'],
    setting(whole(1, 10_000_000), 10_000, 'Largest burst of new ballots from one network.'),
  ),
  'quarantine-percent': setting(
    whole(0, 100),
    80,
    'How suspicious a network may be before its ballots are quarantined, in percent. 100: never.',
  ),
})
