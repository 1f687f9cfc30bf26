import * as v from 'valibot'
import type { GROWS_WITH, PlanInputs } from '../../engine/plan/inputs.ts'
import { VIEWERS_MAX } from '../../engine/plan/plan.ts'
import { ConfigError } from '../../settings/config-error.ts'
import { setting, switchSetting, type ValuesOf } from '../../settings/setting.ts'
import { whole } from '../../settings/values.ts'
import { JSON_FLAG } from '../json-flag.ts'

const price = v.pipe(v.string(), v.regex(/^\d+(\.\d+)?$/, 'is not a price such as 0.42'), v.transform(Number))
const named = <S>(placeholder: string, given: S) => ({ ...given, placeholder })

/** What a crowd does, what a machine offers, and how much of it may be used. */
export const PLAN_FLAGS = {
  viewers: setting(whole(1, VIEWERS_MAX), 100_000, 'The most concurrent viewers.'),
  arrivals: setting(whole(0, 1_000_000_000), 0, 'Viewers who arrive in the busiest minute. 0: 1 % of all.'),
  taps: setting(whole(0, 1_000_000_000), 10_000, 'Taps per second.'),
  'taps-per-request': setting(whole(1, 100), 5, 'Taps per request.'),
  votes: setting(whole(0, 10_000_000), 1_000, 'Votes per second.'),
  packets: setting(whole(1, 20), 4, 'Packets per second to each viewer: 4 with windows of 250 ms.'),
  'packet-bytes': setting(whole(1, 8_192), 220, 'Payload of one packet, in bytes.'),
  segments: setting(whole(0, 64), 2, 'Segments that have their own mood packets.'),
  'machine-cores': setting(whole(1, 1_024), 16, 'Cores per machine.'),
  'machine-memory-gb': setting(whole(1, 24_576), 64, 'Memory per machine, in GB.'),
  'machine-mbit': setting(whole(1, 1_000_000), 10_000, 'Network bandwidth per machine, in Mbit/s.'),
  'open-files': setting(whole(256, 100_000_000), 262_144, 'Sockets that a process may open (ulimit -n).'),
  'load-percent': setting(whole(1, 100), 50, 'The planned load of cores, memory and network, in percent.'),
  'spare-percent': setting(whole(0, 100), 10, 'Additional edges as a reserve, in percent; at least one.'),
  'broadcast-ms': setting(
    whole(1, 10_000),
    250,
    'How long an edge may take to send a packet to all its viewers, in milliseconds.',
  ),
  'relay-ms': setting(whole(1, 10_000), 10, 'The same for a relay and its children.'),
  'relay-children': setting(whole(2, 10_000), 200, 'The most edges or relays below one relay.'),
  'hop-ms': setting(
    whole(0, 10_000),
    5,
    'Network delay from one level of the tree to the next, in milliseconds.',
  ),
  'machine-price': named('PRICE', setting(price, 0, 'Price of one machine per hour, in any currency.')),
  'gb-price': named('PRICE', setting(price, 0, 'Price of one gigabyte of outgoing traffic.')),
  budget: setting(
    whole(0, 1_000_000_000),
    0,
    'A budget per hour, to calculate how large a crowd it can serve. 0: do not.',
  ),
  simulate: switchSetting(
    'Simulate a kick-off, failures, storms and a deploy on the planned tree, in virtual time.',
  ),
  seed: setting(whole(0, 2 ** 31), 1, 'The seed of the simulation: the same seed gives the same run.'),
  'connects-per-second': setting(
    whole(0, 1_000_000),
    2_000,
    'The edge-connects-per-second of each simulated edge.',
  ),
  ...JSON_FLAG,
}
export type PlanFlags = ValuesOf<typeof PLAN_FLAGS>

/** @throws ConfigError for a budget without prices */
export function inputsOf(flags: PlanFlags): PlanInputs {
  if (flags.budget > 0 && flags['machine-price'] === 0 && flags['gb-price'] === 0)
    throw new ConfigError('budget', 'needs a price: give machine-price, gb-price, or both')
  return {
    viewers: flags.viewers,
    arrivalsPerSecond: (flags.arrivals || flags.viewers / 100) / 60,
    tapsPerSecond: flags.taps,
    tapsPerRequest: flags['taps-per-request'],
    votesPerSecond: flags.votes,
    packetsPerSecond: flags.packets,
    packetBytes: flags['packet-bytes'],
    segments: flags.segments,
    machineCores: flags['machine-cores'],
    machineMemoryMb: flags['machine-memory-gb'] * 1000,
    machineMbit: flags['machine-mbit'],
    openFiles: flags['open-files'],
    load: flags['load-percent'] / 100,
    spare: flags['spare-percent'] / 100,
    broadcastMs: flags['broadcast-ms'],
    relayMs: flags['relay-ms'],
    relayChildren: flags['relay-children'],
    hopMs: flags['hop-ms'],
    machinePrice: flags['machine-price'],
    gbPrice: flags['gb-price'],
  }
}

/** The flags of the inputs that a plan grows with. */
export const FLAG_OF = {
  viewers: '--viewers',
  arrivalsPerSecond: '--arrivals',
  tapsPerSecond: '--taps',
  votesPerSecond: '--votes',
  packetsPerSecond: '--packets',
  packetBytes: '--packet-bytes',
  segments: '--segments',
} as const satisfies Record<(typeof GROWS_WITH)[number], string>
