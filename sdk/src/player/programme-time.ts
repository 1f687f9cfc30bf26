/** What knows the programme time of the picture that a viewer sees now: when it was taken, in milliseconds since 1970. */
export type Player =
  /** Any player. `undefined` while it has none. */
  | (() => number | undefined)
  /** An hls.js, of a stream with EXT-X-PROGRAM-DATE-TIME (RFC 8216, 4.3.2.6). */
  | { readonly playingDate: Date | null }
  /** A `<video>` whose browser plays such a stream itself and says when it began. */
  | { getStartDate(): Date; readonly currentTime: number }

/** `undefined` where the player has none now: it has not begun, or its stream has no times. */
export function programmeTime(player: Player | undefined): number | undefined {
  if (player === undefined) return undefined
  try {
    const ms = timeOf(player)
    // The start of a stream without times is an invalid date.
    return ms !== undefined && Number.isFinite(ms) ? ms : undefined
  } catch {
    // One that was destroyed, or is not there yet.
    return undefined
  }
}

function timeOf(player: Player): number | undefined {
  if (typeof player === 'function') return player()
  if ('playingDate' in player) return player.playingDate?.getTime()
  return player.getStartDate().getTime() + player.currentTime * 1000
}
