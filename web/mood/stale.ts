/** A first packet older than this is history: its total is shown, but not its reactions. */
const FRESH_MS = 5_000

/**
 * Whether a packet is history: the first may have been retained for hours. A wrong device clock costs that one packet, no more.
 * @param newestAt Time of the newest packet before it; 0: it is the first.
 * @param now By this device's clock.
 */
export const isStale = ({ at }: { at: number }, { newestAt, now }: { newestAt: number; now: number }) =>
  newestAt === 0 && Math.abs(now - at) > FRESH_MS
