import { currentState, nextTurn } from '../../protocol/show.ts'
import type { ShowDocument } from '../../sdk/src/index.ts'

/** A device that slept, or learns the server's time only then, is right so soon at the latest. */
const LOOK_MS = 10_000
/** A document is no older than this when it is told. By a clock that says so it is the clock that is wrong. */
const OLD_MS_MAX = 60_000

/** Shows a document as it is now, and again as the show's times come: no other is sent for them. @returns what ends it */
export function asItIs(
  told: ShowDocument,
  serverNow: () => number,
  show: (document: ShowDocument) => void,
): () => void {
  const { starts, ends } = told
  const isTimed = told.state !== 'ended' && (starts ?? ends) !== undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let isRight = false
  let shown: ShowDocument['state'] | undefined
  const look = () => {
    const now = serverNow()
    isRight ||= currentState(told, now - OLD_MS_MAX) === told.state
    const state = isRight ? currentState(told, now) : told.state
    if (isTimed)
      timer = setTimeout(look, Math.min((nextTurn(told, now) ?? Number.POSITIVE_INFINITY) - now, LOOK_MS))
    if (state !== shown) show({ ...told, state })
    shown = state
  }
  look()
  return () => clearTimeout(timer)
}
