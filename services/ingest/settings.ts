import { group, setting } from '../../settings/setting.ts'
import { list, oneOf, whole, yesOrNo } from '../../settings/values.ts'

/** How taps become slices of the log, and how clients are paced. */
const SLICES = group('Taps', {
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
    "Whether taps are read by a lane of Roar's own before the runtime's server. Empty: on for roar ingest and roar up.",
  ),
  'slices-waiting': setting(
    whole(2, 10_000),
    64,
    'Slices of a show that wait for an unreachable log before they are merged.',
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
  'pubsub-urls': setting(
    list,
    [],
    'Where viewers connect, as MQTT addresses. Empty: /mqtt at the address they requested.',
  ),
})

/** How much one sender may send. */
const LIMITS = group('Limits', {
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
  'guests-per-second': setting(
    whole(0, 1_000_000),
    10,
    "Guests' tokens a second of one IPv4 address or IPv6 /64, and ten times as many of its network, a /24 or /48. Beyond, each waits up to 3 seconds. 0: no limit.",
  ),
  'guests-burst': setting(whole(1, 10_000_000), 200, "Guests' tokens of one of those at once."),
  'limit-loopback': setting(
    yesOrNo,
    false,
    "Whether the limits of addresses also apply to this machine's own.",
  ),
})

/** Of a process that accepts taps and posts. */
export const TAP_SETTINGS = { ...SLICES, ...LIMITS }

/** What else a process that accepts votes reads. */
export const VOTE_SETTINGS = group('Votes', {
  'issuer-per-second': setting(
    whole(0, 1_000_000),
    0,
    "New ballots a second of one issuer of tokens (the token's iss). 0: no limit.",
  ),
  'issuer-burst': setting(whole(1, 10_000_000), 1000, 'New ballots of one issuer at once.'),
  'network-per-second': setting(
    whole(0, 10_000_000),
    200,
    'New ballots a second of one network, IPv4 /24 or IPv6 /48, in one poll. Those beyond go to quarantine. 0: no limit.',
  ),
  'network-burst': setting(whole(1, 10_000_000), 10_000, 'New ballots of one network at once.'),
  'quarantine-percent': setting(
    whole(0, 100),
    80,
    'How suspicious a network may be before its ballots go to quarantine, in percent. 100: never.',
  ),
})
