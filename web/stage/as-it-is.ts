import { currentState, nextTurn } from '../../protocol/show.ts'
import type { ShowDocument } from '../../sdk/src/index.ts'

/** The longest that a browser's timer waits. */
const TIMER_MS_MAX = 2 ** 31 - 1

/** Shows a document as it is now, and again as the show's times come: no other is sent for them. @returns what ends it */
export function asItIs(
  told: ShowDocument,
  serverNow: () => number,
  show: (document: ShowDocument) => void,
): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const turn = () => {
    const now = serverNow()
    const next = nextTurn(told, now)
    if (next !== undefined) timer = setTimeout(turn, Math.min(next - now, TIMER_MS_MAX))
    show({ ...told, state: currentState(told, now) })
  }
  turn()
  return () => clearTimeout(timer)
}
