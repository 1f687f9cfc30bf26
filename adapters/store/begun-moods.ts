import type { SegmentMood } from '../../protocol/counts.ts'

/**
 * The newest packets of a run that begins: each comes after those of the runs that are wiped, and where there is none yet, an
 * empty one takes their stickers and their total off the screens.
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
