import { useQueries } from '@tanstack/react-query'
import { colourOf } from '../../mood/sides.ts'
import { call } from '../api/call.ts'
import type { StudioShow } from '../api/queries.ts'
import { serverNow } from '../api/server-time.ts'
import { sidesOf } from '../shows/sides.ts'

interface History {
  stepMs: number
  steps: { at: number; counts: Record<string, number> }[]
}

/** One line of a chart: a segment's, or everybody's. */
export interface Line {
  /** Empty: everybody. */
  segment: string
  title: string
  /** undefined: the text's colour. */
  colour: string | undefined
  /** Reactions per second, one value per time. */
  values: number[]
}
export interface MoodHistory {
  /** Seconds since 1970, as the chart library expects. */
  times: number[]
  lines: Line[]
}

export interface Range {
  from: number
  to: number
  stepMs: number
}

/** The lines of a show: one per side, or everybody's if there are no sides. */
export function linesOf(show: StudioShow): Omit<Line, 'values'>[] {
  const sides = sidesOf(show)
  return sides.length === 0
    ? [{ segment: '', title: 'Everybody', colour: undefined }]
    : sides.map((side, place) => ({
        segment: side.segment,
        title: side.title,
        colour: colourOf(side, place),
      }))
}

/**
 * The mood over time. @param rangeOf The range, given the current time; a range in the past is fetched once. @param clock
 * Default: `arrival`; `programme` is by what was on the screens of those who tapped.
 */
export function useMoodHistory(
  show: StudioShow,
  {
    rangeOf,
    everyMs,
    name,
    clock,
  }: {
    rangeOf: (now: number) => Range
    everyMs: number | false
    name: string
    clock?: 'arrival' | 'programme'
  },
): MoodHistory {
  const lines = linesOf(show)
  return useQueries({
    queries: lines.map(({ segment }) => ({
      queryKey: ['mood', show.show, name, segment],
      queryFn: async ({ signal }: { signal: AbortSignal }) => {
        const range = rangeOf(serverNow())
        const query = new URLSearchParams({
          from: String(range.from),
          to: String(range.to),
          stepMs: String(range.stepMs),
          ...(segment !== '' && { segment }),
          ...(clock !== undefined && { clock }),
        })
        const history = await call<History>(`v1/studio/shows/${show.show}/mood?${query}`, { signal })
        return { range, history }
      },
      refetchInterval: everyMs,
    })),
    combine: (answers) => {
      const first = answers.find(({ data }) => data !== undefined)?.data
      if (first === undefined) return { times: [], lines: [] }
      const times = timesOf(first.range)
      return {
        times: times.map((at) => at / 1000),
        lines: lines.map((line, i) => ({ ...line, values: valuesOf(answers[i]?.data?.history, times) })),
      }
    },
  })
}

/** Every step of a range: steps without reactions are absent from a response, but zero in a chart. */
export function timesOf({ from, to, stepMs }: Range): number[] {
  const first = Math.floor(from / stepMs) * stepMs
  return Array.from({ length: Math.max(0, Math.floor((to - first) / stepMs)) }, (_, i) => first + i * stepMs)
}

/** Reactions per second at each of the times. */
export function valuesOf(history: History | undefined, times: readonly number[]): number[] {
  const { steps = [], stepMs = 1000 } = history ?? {}
  const sums = new Map(
    steps.map(({ at, counts }) => [at, Object.values(counts).reduce((sum, count) => sum + count, 0)]),
  )
  return times.map((at) => ((sums.get(at) ?? 0) * 1000) / stepMs)
}
