/** A source of the programme time of the picture on screen: when it was recorded, in milliseconds since 1970. */
export type Player =
  /** Any player. `undefined` while it has none. */
  | (() => number | undefined)
  /** An hls.js, for a stream with EXT-X-PROGRAM-DATE-TIME (RFC 8216, 4.3.2.6). */
  | { readonly playingDate: Date | null }
  /** A `<video>` whose browser plays such a stream natively and reports its start. */
  | { getStartDate(): Date; readonly currentTime: number }

/** `undefined` if the player has none now: it has not begun, or its stream has no times. */
export const programmeTime = (player: Player | undefined): number | undefined =>
  player && answered(() => timeOf(player))

/** What a function of the page returns; `undefined` where that is no number, or it throws: a destroyed player, or none yet. */
export function answered(ask: () => number | undefined): number | undefined {
  try {
    const ms = ask()
    // A stream without times has an invalid date as its start.
    return Number.isFinite(ms) ? ms : undefined
  } catch {
    return undefined
  }
}

function timeOf(player: Player): number | undefined {
  if (typeof player === 'function') return player()
  if ('playingDate' in player) return player.playingDate?.getTime()
  return player.getStartDate().getTime() + player.currentTime * 1000
}
