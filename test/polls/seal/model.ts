/**
 * A seal among votes, as a state machine: what an ingest, the log and the studio may do next, and nothing of how.
 *
 * ```
 * a cast   away ─▶ entered ─▶ appended ─▶ answered          entered only where its ingest has not heard of the stop
 * a seal   none ─▶ stopped ─▶ settled ─▶ read ─▶ sealed     settled: every ingest has heard, and nobody is inside
 * ```
 */
export interface State {
  casts: readonly ('away' | 'entered' | 'appended' | 'answered' | 'refused')[]
  heard: readonly boolean[]
  seal: 'none' | 'stopped' | 'settled' | 'read' | 'sealed'
  /** Casts in the log when the seal read it. */
  read: number
}

/** What a seal waits for: the rule that is to be proven, or one that is known to be wrong. */
export type SettleRule = (state: State, model: Model) => boolean

export interface Model {
  /** The ingest of each cast, and the cast of the same voter that it comes after, if any. */
  casts: readonly { at: number; after?: number }[]
  ingests: number
}

/** Every ingest has heard, and every cast that was let in is answered. */
export const nobodyInside: SettleRule = ({ casts, heard }) =>
  heard.every(Boolean) && casts.every((cast) => cast !== 'entered' && cast !== 'appended')

/** As it was: what is on its way to the log is waited for, and not the cast that comes after it. */
export const appendsInHand: SettleRule = ({ casts, heard }, model) =>
  heard.every(Boolean) &&
  casts.every((cast, i) => cast !== 'entered' || casts[model.casts[i]!.after ?? -1] === 'answered')

export const first = ({ casts, ingests }: Model): State => ({
  casts: casts.map(() => 'away'),
  heard: Array.from({ length: ingests }, () => false),
  seal: 'none',
  read: 0,
})

const put = <T>(list: readonly T[], at: number, value: T): T[] => list.with(at, value)

/** All that may happen next. */
export function* next(state: State, model: Model, settles: SettleRule): Generator<State> {
  for (const [i, { at, after = -1 }] of model.casts.entries()) {
    const to = (cast: State['casts'][number]): State => ({ ...state, casts: put(state.casts, i, cast) })
    const before = state.casts[after]
    if (state.casts[i] === 'away') yield to(state.heard[at] ? 'refused' : 'entered')
    // A voter's second answer waits inside for the first.
    if (state.casts[i] === 'entered' && before !== 'entered' && before !== 'appended') yield to('appended')
    if (state.casts[i] === 'appended') yield to('answered')
  }
  if (state.seal === 'none') yield { ...state, seal: 'stopped' }
  else
    for (const [i, heard] of state.heard.entries())
      if (!heard) yield { ...state, heard: put(state.heard, i, true) }
  if (state.seal === 'stopped' && settles(state, model)) yield { ...state, seal: 'settled' }
  if (state.seal === 'settled') yield { ...state, seal: 'read', read: inLog(state) }
  if (state.seal === 'read') yield { ...state, seal: 'sealed' }
}

export const inLog = ({ casts }: State): number =>
  casts.filter((cast) => cast === 'appended' || cast === 'answered').length

/** Walks every interleaving. Returns how many there are, and the states in which `isWrong`. */
export function explore(model: Model, settles: SettleRule, isWrong: (state: State) => boolean) {
  const ways = new Map<string, number>()
  const wrong: State[] = []
  const walk = (state: State): number => {
    const name = JSON.stringify(state)
    const known = ways.get(name)
    if (known !== undefined) return known
    if (isWrong(state)) wrong.push(state)
    let count = 0
    for (const following of next(state, model, settles)) count += walk(following)
    ways.set(name, Math.max(1, count))
    return Math.max(1, count)
  }
  return { interleavings: walk(first(model)), states: ways.size, wrong }
}
