import { RoarError } from '../../protocol/errors.ts'

/** How often a change is decided anew after losing a race. */
const RACES_MAX = 10

/** Somebody else changed the same thing since it was read: nothing was written. */
export class Faster extends Error {}

/** @param isKept The result of a write to the store. @throws Faster */
export function checkKept(isKept: boolean): void {
  if (!isKept) throw new Faster('somebody else was faster')
}

/**
 * Makes a change that other studios may make at the same moment. The slower one reads again and decides on the faster one's
 * result: a change that is then in place succeeds, and one that is then impossible is refused.
 * @param attempt Reads, decides and writes. @throws RoarError store_unavailable if it loses every race
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
