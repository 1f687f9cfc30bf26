import type { TapsLine } from '../../protocol/recording.ts'
import type { Random } from '../random.ts'
import type { PlannedBurst } from '../schedule.ts'

/**
 * The bursts of recorded taps, ordered by due time: exactly each line's taps, in bursts of `burst` taps at random moments within
 * the line's step.
 * @param taps Oldest first. @param options.speed Playback speed, relative to the recording.
 */
export function* burstsOf(
  taps: readonly TapsLine[],
  { speed, burst, random }: { speed: number; burst: number; random: Random },
): Generator<PlannedBurst> {
  let pending: PlannedBurst[] = []
  for (let next = 0; next < taps.length || pending.length > 0; ) {
    const from = taps[next]?.at ?? Number.POSITIVE_INFINITY
    for (; next < taps.length && taps[next]!.at === from; next++)
      pending.push(...burstsIn(taps[next]!, { speed, burst, random }))
    pending.sort((a, b) => a.dueMs - b.dueMs)
    const until = (taps[next]?.at ?? Number.POSITIVE_INFINITY) / speed
    const later = pending.findIndex(({ dueMs }) => dueMs >= until)
    const due = later === -1 ? pending : pending.slice(0, later)
    pending = later === -1 ? [] : pending.slice(later)
    yield* due
  }
}

const burstsIn = (
  { at, ms, segment, sticker, count }: TapsLine,
  { speed, burst, random }: { speed: number; burst: number; random: Random },
): PlannedBurst[] =>
  Array.from({ length: Math.ceil(count / burst) }, (_, i) => {
    const taps = Math.min(burst, count - i * burst)
    return { dueMs: (at + random() * ms) / speed, taps, stickers: { [sticker]: taps }, segment }
  })
