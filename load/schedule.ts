import { PROBE_SLOTS, probeTaps } from './probes.ts'
import { type Random, seededRandom } from './random.ts'
import type { Shape, Weights } from './shapes/shape.ts'

/** A burst and its due time, fixed before the first one is sent. */
export interface PlannedBurst {
  /** Milliseconds since the start of the run. */
  dueMs: number
  /** All its taps. */
  taps: number
  stickers: Record<string, number>
  /** Empty string: a viewer without a segment. */
  segment: string
  /** The probe's slot; absent in an ordinary burst. */
  probe?: number
}

export interface Plan {
  /** Taps of the whole run including probes; exactly as many are scheduled. */
  taps: number
  /** Taps per ordinary burst; the remainder makes one smaller burst. */
  burst: number
  seconds: number
  /** Probes per second; see probes.ts. 0 or no `probeSticker`: none. */
  probesPerSecond: number
  probeSticker: string | undefined
  shape: Shape
  seed: number
}

/** Steps of the run at which the shape's intensity is sampled. */
const STEPS = 2_000

/**
 * All bursts of a run, ordered by due time. Ordinary bursts follow a Poisson process with the shape's intensity, conditioned on
 * the exact number of taps.
 */
export function* schedule(plan: Plan): Generator<PlannedBurst> {
  const probes = probeBursts(plan)
  let probe = probes.next()
  for (const burst of ordinaryBursts(plan)) {
    while (!probe.done && probe.value.dueMs <= burst.dueMs) {
      yield probe.value
      probe = probes.next()
    }
    yield burst
  }
  while (!probe.done) {
    yield probe.value
    probe = probes.next()
  }
}

function probeCount({ probesPerSecond, probeSticker, seconds, taps }: Plan): number {
  if (probeSticker === undefined) return 0
  const wanted = Math.floor(probesPerSecond * seconds)
  // A run of few taps has room for few probes.
  let count = 0
  for (let left = taps; count < wanted; count++) {
    left -= probeTaps(count % PROBE_SLOTS)
    if (left < 0) break
  }
  return count
}

function* probeBursts(plan: Plan): Generator<PlannedBurst> {
  const { seconds, probeSticker, shape, seed } = plan
  const count = probeCount(plan)
  const random = seededRandom(seed + 1)
  for (let index = 0; index < count; index++) {
    const place = (index + random()) / count
    const slot = index % PROBE_SLOTS
    const taps = probeTaps(slot)
    const segment = pick(shape.segmentsAt(place), random())
    yield { dueMs: place * seconds * 1000, taps, stickers: { [probeSticker!]: taps }, segment, probe: slot }
  }
}

function* ordinaryBursts(plan: Plan): Generator<PlannedBurst> {
  const { burst, seconds, shape, seed } = plan
  let taps = plan.taps
  for (let probe = probeCount(plan) - 1; probe >= 0; probe--) taps -= probeTaps(probe % PROBE_SLOTS)
  const random = seededRandom(seed)
  const placeOf = inverseOf(shape)
  let place = 0
  for (let bursts = Math.ceil(taps / burst); bursts > 0; bursts--) {
    // The smallest of the remaining uniform numbers: a Poisson process with a known count, generated in order.
    place += (1 - place) * (1 - (1 - random()) ** (1 / bursts))
    const count = Math.min(burst, taps)
    taps -= count
    yield ordinaryBurst(shape, placeOf(place), count, seconds, random)
  }
}

function ordinaryBurst(
  shape: Shape,
  place: number,
  taps: number,
  seconds: number,
  random: Random,
): PlannedBurst {
  const weights = shape.stickersAt(place)
  const first = pick(weights, random())
  const second = pick(weights, random())
  // Most bursts have one sticker; a quarter mix two.
  const mixed = taps > 1 && first !== second && random() < 0.25
  const stickers = mixed ? { [first]: taps - 1, [second]: 1 } : { [first]: taps }
  return { dueMs: place * seconds * 1000, taps, stickers, segment: pick(shape.segmentsAt(place), random()) }
}

/** Maps a share of all taps to the place in the run by which that share has been sent. */
function inverseOf({ intensityAt }: Shape): (share: number) => number {
  const until = new Float64Array(STEPS + 1)
  for (let step = 0; step < STEPS; step++) until[step + 1] = until[step]! + intensityAt((step + 0.5) / STEPS)
  const whole = until[STEPS]!
  let step = 0
  return (share) => {
    // `share` only grows between calls, so the step never goes back.
    while (step < STEPS - 1 && until[step + 1]! < share * whole) step++
    const within = (share * whole - until[step]!) / (until[step + 1]! - until[step]!)
    return Math.min(1, (step + within) / STEPS)
  }
}

/** Picks an id from a weighted list, by a random number from 0 to 1. */
export function pick(weights: Weights, random: number): string {
  let left = random * weights.reduce((sum, [, weight]) => sum + weight, 0)
  for (const [id, weight] of weights) {
    left -= weight
    if (left < 0) return id
  }
  return weights.at(-1)![0]
}
