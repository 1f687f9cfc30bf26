import type { Sighting } from '../../engine/polls/cohort.ts'
import type { Random } from '../../load/random.ts'

/** A ballot in the quarantine's form, with its origin. */
export interface Labelled {
  address: string
  issuer: string
  sighting: Sighting
  /** The name of its farm or crowd. */
  of: string
  farm: boolean
}

const START = 1_795_349_712_000
const MINUTE = 60_000
const CHOICES = ['anna', 'ben', 'cleo', 'dora']
/** The usual distribution of answers. */
const SHARES = [0.45, 0.3, 0.15, 0.1]

const chooses = (random: Random, shares: readonly number[] = SHARES): string => {
  let dice = random()
  for (const [i, share] of shares.entries()) {
    dice -= share
    if (dice < 0) return CHOICES[i]!
  }
  return CHOICES.at(-1)!
}
const exponential = (random: Random, mean: number): number => -mean * Math.log(1 - random())
const whole = (random: Random, below: number): number => Math.floor(random() * below)
const v4 = (a: number, b: number, c: number, d: number) => `${a}.${b}.${c}.${d}`
/** From reading the choices to pressing: seldom under a second. */
const thinks = (random: Random): number => 600 + exponential(random, 4_000) + 800 * random()

/** When people vote: mostly when the host asks for it, then ever fewer. */
const humanTime = (random: Random, minutes: number): number =>
  random() < 0.6 ? exponential(random, 0.6 * MINUTE) : random() * minutes * MINUTE

interface Crowd {
  of: string
  people: number
  minutes?: number
  address: (random: Random, i: number) => string
  shares?: readonly number[]
  /** When they vote, milliseconds after the opening. */
  time?: (random: Random) => number
}

const crowd = (
  random: Random,
  { of, people, minutes = 30, address, shares = SHARES, time = (r) => humanTime(r, minutes) }: Crowd,
): Labelled[] =>
  Array.from({ length: people }, (_, i) => ({
    of,
    farm: false,
    issuer: '',
    address: address(random, i),
    sighting: {
      at: Math.floor(START + time(random)),
      answer: chooses(random, shares),
      // One in three was here before, and has an older token.
      ageMs: random() < 0.33 ? thinks(random) + random() * 20 * 86_400_000 : thinks(random),
      guest: true,
    },
  }))

/** Homes all over the country, one to three people each: the reference for the rest. */
export const homes = (random: Random, people = 8_000, minutes = 30): Labelled[] =>
  crowd(random, {
    of: 'homes',
    people,
    minutes,
    address: () =>
      random() < 0.4
        ? `2001:db8:${whole(random, 4_000).toString(16)}:${whole(random, 3)}::${whole(random, 99) + 1}`
        : v4(80 + whole(random, 30), whole(random, 250), whole(random, 250), 1 + whole(random, 250)),
  })

/** Crowds that must not be taken for farms. */
export const CROWDS: Record<string, (random: Random) => Labelled[]> = {
  'an office behind one address': (random) =>
    crowd(random, { of: 'an office behind one address', people: 300, address: () => '198.51.100.7' }),
  'a pub of fans behind one address': (random) =>
    crowd(random, {
      of: 'a pub of fans behind one address',
      people: 90,
      shares: [0.86, 0.08, 0.04, 0.02],
      address: () => '198.51.101.9',
    }),
  'a campus for one of its own': (random) =>
    crowd(random, {
      of: 'a campus for one of its own',
      people: 3_000,
      shares: [0.12, 0.7, 0.1, 0.08],
      address: () => v4(141, 20, whole(random, 12), 1 + whole(random, 4)),
    }),
  'a carrier behind few addresses': (random) =>
    crowd(random, {
      of: 'a carrier behind few addresses',
      people: 6_000,
      address: () => v4(100, 70, whole(random, 3), 1 + whole(random, 16)),
    }),
  'a stadium’s Wi-Fi, for the home side': (random) =>
    crowd(random, {
      of: 'a stadium’s Wi-Fi, for the home side',
      people: 8_000,
      shares: [0.85, 0.08, 0.04, 0.03],
      address: () => v4(192, 0, 2, 1 + whole(random, 4)),
      time: (r) => (r() < 0.9 ? exponential(r, 25_000) : r() * 10 * MINUTE),
    }),
}

interface Farm {
  of: string
  ballots: number
  /** From one ballot to the next, in milliseconds. */
  gap: (random: Random) => number
  address?: (random: Random, i: number) => string
  ageMs?: (random: Random) => number
  answer?: (random: Random) => string
}

function farm(
  random: Random,
  {
    of,
    ballots,
    gap,
    address = () => '203.0.113.66',
    ageMs = (r) => 5 + exponential(r, 60),
    answer = () => 'cleo',
  }: Farm,
): Labelled[] {
  let at = START + 30_000 * random()
  return Array.from({ length: ballots }, (_, i) => {
    at += gap(random)
    return {
      of,
      farm: true,
      issuer: '',
      address: address(random, i),
      sighting: { at: Math.floor(at), answer: answer(random), ageMs: ageMs(random), guest: true },
    }
  })
}

/** Human gaps and thinking times, replayed. */
const replayed = {
  gap: (r: Random) => (r() < 0.3 ? exponential(r, 200) : exponential(r, 900)),
  ageMs: thinks,
}

/** Farms that must be found. */
export const FARMS: Record<string, (random: Random) => Labelled[]> = {
  steady: (random) => farm(random, { of: 'steady', ballots: 2_000, gap: () => 500 }),
  jittered: (random) =>
    farm(random, {
      of: 'jittered',
      ballots: 2_000,
      gap: (r) => 50 + 900 * r(),
      ageMs: (r) => 2_000 + 3_000 * r(),
    }),
  'forty connections at once': (random) =>
    farm(random, { of: 'forty connections at once', ballots: 3_920, gap: (r) => exponential(r, 5) }),
  'forty connections, any answer': (random) =>
    farm(random, {
      of: 'forty connections, any answer',
      ballots: 3_920,
      gap: (r) => exponential(r, 5),
      answer: (r) => chooses(r),
    }),
  'many networks of one owner': (random) =>
    farm(random, {
      of: 'many networks of one owner',
      ballots: 4_000,
      gap: (r) => 400 * r(),
      address: (r) => v4(45, 83, whole(r, 250), 1 + whole(r, 250)),
      ageMs: (r) => 1_500 + 2_000 * r(),
    }),
  'many networks of one owner, IPv6': (random) =>
    farm(random, {
      of: 'many networks of one owner, IPv6',
      ballots: 4_000,
      gap: (r) => exponential(r, 250),
      address: (r) => `2a0e:1:${whole(r, 2_000).toString(16)}:${whole(r, 60_000).toString(16)}::1`,
    }),
  'slow drip': (random) =>
    farm(random, {
      of: 'slow drip',
      ballots: 1_000,
      gap: (r) => 8_000 + 12_000 * r(),
      ageMs: thinks,
    }),
  'replayed human rhythm': (random) =>
    farm(random, { of: 'replayed human rhythm', ballots: 2_000, ...replayed }),
}

/** Farms that go undetected, listed so that nobody believes otherwise. */
export const PASSING: Record<string, (random: Random) => Labelled[]> = {
  'homes for hire: human rhythm, a vote or two from each of thousands of unrelated networks': (random) =>
    farm(random, {
      of: 'homes for hire: human rhythm, a vote or two from each of thousands of unrelated networks',
      ballots: 2_000,
      ...replayed,
      address: (r) => v4(60 + whole(r, 50), whole(r, 250), whole(r, 250), 1 + whole(r, 250)),
    }),
  'one address, human rhythm, and one answer in seven for somebody else': (random) =>
    farm(random, {
      of: 'one address, human rhythm, and one answer in seven for somebody else',
      ballots: 2_000,
      ...replayed,
      answer: (r) => (r() < 1 / 7 ? chooses(r) : 'cleo'),
    }),
}
