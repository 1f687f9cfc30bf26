import { type StudioPoll, type StudioShow, usePolls } from '../api/queries.ts'
import { number, share } from '../ui/words.ts'
import { type Line, type Range, useMoodHistory } from './history.ts'
import { type Mark, MoodChart } from './mood-chart.tsx'

const MINUTES = 20
const STEP_MS = 5_000
/** The current step is not drawn: the line would always seem to fall. */
const lately = (now: number): Range => ({ from: now - MINUTES * 60_000, to: now, stepMs: STEP_MS })

/** How loud each side was over the last minutes. */
export function MoodPanel({ show }: { show: StudioShow }) {
  const history = useMoodHistory(show, { rangeOf: lately, everyMs: STEP_MS, name: 'lately' })
  const { data: polls = [] } = usePolls(show.show)
  const sums = history.lines.map(({ values }) => sumOf(values))
  const whole = sumOf(sums)
  const words = history.lines.map(({ title }, i) => `${title} ${share(sums[i]!, whole)}`).join(', ')
  return (
    <section className="panel mood" aria-label="Mood">
      <header className="panel-head">
        <h2>Mood</h2>
        <span className="muted">last {MINUTES} minutes, reactions a second</span>
        <span className="gap" />
        {history.lines.map((line, i) => (
          <Legend key={line.segment} line={line} part={sums[i]!} whole={whole} />
        ))}
      </header>
      <MoodChart
        history={history}
        marks={polls.flatMap(marksOf)}
        about={`Reactions a second over the last ${MINUTES} minutes: ${words || 'none yet'}`}
      />
    </section>
  )
}

const Legend = ({ line, part, whole }: { line: Line; part: number; whole: number }) => (
  <span className="side" title={`${number(Math.round((part * STEP_MS) / 1000))} reactions`}>
    <span className="swatch" style={{ background: line.colour ?? 'var(--text)' }} />
    <bdi>{line.title}</bdi> <strong className="figure">{share(part, whole)}</strong>
  </span>
)

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0)

/** When a poll opened and closed, if it did. */
export function marksOf({ poll, state, opens, closes }: StudioPoll): Mark[] {
  if (state === 'draft' || opens === undefined) return []
  const opened = { at: opens, title: `${poll} opened` }
  return state === 'open' || closes === undefined ? [opened] : [opened, { at: closes, title: 'closed' }]
}
