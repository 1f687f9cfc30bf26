/** An event of Chromium's trace. Times are in microseconds; `tdur` is thread time, whatever else the machine did. */
export interface TraceEvent {
  name: string
  cat: string
  ph: string
  pid: number
  tid: number
  ts: number
  dur?: number
  tdur?: number
}

/** What a page's main thread did between two marks. */
export interface ThreadWork {
  seconds: number
  /** Thread time of all tasks per second. */
  msPerSecond: number
  stylesPerSecond: number
  layoutsPerSecond: number
  /** Frames committed to the compositor. */
  framesPerSecond: number
  /** Thread time of the tasks longer than `LONG_MS`. */
  longTasksMs: number[]
  longestMs: number
}

/** Longer ones are felt: input waits for them. */
export const LONG_MS = 50
export const CATEGORIES = ['toplevel', 'devtools.timeline', 'blink.user_timing']

/** Analyses a trace between a page's `performance.mark`s. @throws if the marks are missing */
export function workBetween(events: readonly TraceEvent[], begin: string, end: string): ThreadWork {
  const markOf = (wanted: string) => {
    const mark = events.find(({ name, cat }) => name === wanted && cat.includes('blink.user_timing'))
    if (mark === undefined) throw new Error(`the trace has no mark ${wanted}`)
    return mark
  }
  const [first, last] = [markOf(begin), markOf(end)]
  const own = events.filter(
    ({ pid, tid, ph, ts }) =>
      pid === first.pid && tid === first.tid && ph === 'X' && ts >= first.ts && ts < last.ts,
  )
  const seconds = (last.ts - first.ts) / 1e6
  const tasksMs = outermost(own.filter(({ name }) => name.endsWith('RunTask'))).map(
    ({ tdur = 0 }) => tdur / 1000,
  )
  const perSecond = (wanted: string) => own.filter(({ name }) => name === wanted).length / seconds
  return {
    seconds,
    msPerSecond: tasksMs.reduce((sum, ms) => sum + ms, 0) / seconds,
    stylesPerSecond: perSecond('UpdateLayoutTree'),
    layoutsPerSecond: perSecond('Layout'),
    framesPerSecond: perSecond('Layerize'),
    longTasksMs: tasksMs.filter((ms) => ms >= LONG_MS).sort((a, b) => b - a),
    longestMs: Math.max(0, ...tasksMs),
  }
}

/** Tasks may be nested: an inner one's time is part of the outer one's. */
function outermost(tasks: readonly TraceEvent[]): TraceEvent[] {
  const found: TraceEvent[] = []
  let end = 0
  for (const task of tasks.toSorted((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0))) {
    if (task.ts < end) continue
    found.push(task)
    end = task.ts + (task.dur ?? 0)
  }
  return found
}
