import { RoarError } from '../../protocol/errors.ts'

/** How often a change is decided anew, because another studio was faster. */
const RACES_MAX = 10

/** Somebody else has changed the same thing since it was read: what was to be written is written nowhere. */
export class Faster extends Error {}

/** @param isKept What a write of the store says. @throws Faster */
export function checkKept(isKept: boolean): void {
  if (!isKept) throw new Faster('somebody else was faster')
}

/**
 * Changes something that other studios may change at the same moment. Whoever is slower reads anew and decides again on what
 * the faster one has left: what is so by then is answered as it is, and what cannot be any more is refused.
 * @param attempt Reads, decides and writes. @throws RoarError store_unavailable where somebody else is faster each time
 */
export async function untilKept<T>(thing: string, attempt: () => Promise<T>): Promise<T> {
  for (let race = 0; race < RACES_MAX; race++) {
    try {
      return await attempt()
    } catch (cause) {
      if (!(cause instanceof Faster)) throw cause
    }
  }
  throw new RoarError('store_unavailable', `another studio keeps changing ${thing}`)
}
