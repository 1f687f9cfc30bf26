import type { SegmentMood } from '../../protocol/counts.ts'

/**
 * The first packets of a new run: later than those of wiped runs, and, if there is none yet, an empty one that removes stickers
 * and total from the screens.
 */
export function begunMoods(wiped: readonly SegmentMood[], current: readonly SegmentMood[]): SegmentMood[] {
  const from = Math.max(0, ...wiped.map(({ packet }) => packet.at + packet.ms))
  const moods = new Map<string, SegmentMood>()
  for (const { segment, packet } of wiped)
    moods.set(segment, { segment, packet: { at: from, ms: packet.ms, n: 0, total: 0, top: [] } })
  for (const { segment, packet } of current)
    moods.set(segment, { segment, packet: { ...packet, at: Math.max(packet.at, from) } })
  return [...moods.values()]
}
