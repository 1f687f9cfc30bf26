import { BURST_COUNT_MAX, BURST_STICKERS_MAX } from '../../protocol/limits.ts'

export type Stickers = Record<string, number>

/** Taps waiting to be sent, over all stickers: minutes of a fast thumb. */
export const TAPS_WAITING_MAX = 1_000

/** Waiting taps by sticker. Bounded: taps beyond `TAPS_WAITING_MAX` are refused. */
export function waitingTaps() {
  const waiting = new Map<string, number>()
  let size = 0
  return {
    /** Adds as many as fit and returns how many did. */
    add(sticker: string, count: number): number {
      const taken = Math.min(count, TAPS_WAITING_MAX - size)
      if (taken > 0) waiting.set(sticker, (waiting.get(sticker) ?? 0) + taken)
      size += taken
      return taken
    },
    /** Removes one burst: at most 100 of each sticker, the rest stays for the next. */
    take(): Stickers {
      const burst: Stickers = {}
      for (const [sticker, count] of [...waiting].slice(0, BURST_STICKERS_MAX)) {
        const taken = Math.min(count, BURST_COUNT_MAX)
        burst[sticker] = taken
        size -= taken
        if (taken === count) waiting.delete(sticker)
        else waiting.set(sticker, count - taken)
      }
      return burst
    },
    size: () => size,
  }
}
