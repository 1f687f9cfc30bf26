import { currentState, nextTurn } from '../../protocol/show.ts'
import type { ShowDocument } from '../../sdk/src/index.ts'

/** After the device slept or learned the server's time, the stage is right within this time. */
const LOOK_MS = 10_000
/** A document is at most this old on arrival; if the clock says older, the clock is wrong. */
const OLD_MS_MAX = 60_000

/** Shows a document as of now, and again at the times in it: no other is sent for them. @returns a function that stops it */
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
