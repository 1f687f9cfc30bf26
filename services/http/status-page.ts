import { PURPOSES, type Supervisor } from '../supervision/supervisor.ts'

/** How often the page reloads itself for who asks for it. By itself it does not: whoever reads slowly, or listens, would lose the place (WCAG 2.2.1). */
const AGAIN_S = 5

/** The most interesting metrics, summed up. A process has those of its own parts. */
const NUMBERS: readonly (readonly [metric: string, title: string])[] = [
  ['roar_edge_connections', 'viewers now'],
  ['roar_ingest_reactions_total', 'reactions'],
  ['roar_ingest_posts_total', 'posts'],
  ['roar_votes_ballots_total', 'votes'],
  ['roar_http_problems_total', 'requests refused'],
]

export interface StatusPage {
  supervisor: Pick<Supervisor, 'serves' | 'states' | 'trouble'>
  /** The metrics as Prometheus text. */
  metrics: string
  /** Milliseconds since 1970. */
  now: number
  refreshes: boolean
}

/** What this process does now, for people: one glance shows whether all is well, and what is not. It contains nothing secret. */
export function statusPage({ supervisor, metrics, now, refreshes }: StatusPage): string {
  const trouble = supervisor.trouble()
  const head = trouble === undefined ? 'All parts work' : 'Not ready'
  const purposes = PURPOSES.filter((purpose) => supervisor.serves(purpose)).map((purpose) => {
    const why = supervisor.trouble(purpose)
    return row(purpose, why === undefined ? 'ready' : 'not ready', why ?? '')
  })
  const numbers = NUMBERS.flatMap(([metric, title]) => {
    const sum = sumOf(metrics, metric)
    return sum === undefined ? [] : [`<div><dt>${title}</dt><dd>${sum.toLocaleString('en-US')}</dd></div>`]
  })
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
${refreshes ? `<meta http-equiv="refresh" content="${AGAIN_S}">\n` : ''}<title>${trouble === undefined ? 'Roar works' : 'Roar does not work'}</title>
<style>
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 760px; margin: 32px auto; padding: 0 20px; overflow-wrap: anywhere; }
h1 { font-size: 26px; margin: 0; }
h2 { font-size: 15px; margin: 28px 0 4px; }
p { margin: 4px 0; }
a { color: inherit; }
.quiet { opacity: 0.72; }
footer { margin-top: 28px; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(104px, 1fr)); gap: 20px 16px; margin: 28px 0; }
dl div { display: flex; flex-direction: column-reverse; justify-content: flex-end; }
dt { font-size: 13px; }
dd { margin: 0; font-size: 24px; line-height: 1.25; font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 6px 12px 6px 0; border-bottom: 1px solid #8884; text-align: start; vertical-align: top; font-weight: 400; }
th { width: 25%; }
.state { white-space: nowrap; }
.state::before { content: ""; display: inline-block; width: 9px; height: 9px; margin-inline-end: 8px; border-radius: 50%; background: #2e9e5b; }
h1.state::before { width: 14px; height: 14px; }
.state[data-state="not ready"]::before, .state[data-state="failed"]::before { background: #d33b2f; }
.state[data-state="waiting"]::before, .state[data-state="starting"]::before { background: #c98a00; }
</style>
<h1 class="state" data-state="${trouble === undefined ? 'ready' : 'not ready'}">${head}</h1>
${trouble === undefined ? '' : `<p>${Bun.escapeHTML(trouble)}</p>\n`}<p class="quiet">${Bun.escapeHTML(about(metrics, now))}</p>
<dl>${numbers.join('')}</dl>
<h2>Ready for</h2>
<table>${purposes.join('')}</table>
<h2>Parts of this process</h2>
${partsOf(supervisor, now)}
<footer class="quiet">${new Date(now).toISOString().slice(11, 19)} UTC, ${refreshes ? `again every ${AGAIN_S} s (<a href="status">stop</a>)` : `<a href="status?refresh=on">refresh every ${AGAIN_S} s</a>`}. For programs: <a href="readyz">/readyz</a>, <a href="metrics">/metrics</a>, <a href="openapi.json">/openapi.json</a></footer>
</html>
`
}

/** What is running, and for how long. */
function about(metrics: string, now: number): string {
  const build = /^roar_build_info\{[^}]*version="([^"]*)"[^}]*commit="([^"]*)"/m.exec(metrics)
  const startedS = sumOf(metrics, 'process_start_time_seconds', Math.min)
  return [
    build === null ? '' : `roar ${build[1]}, commit ${build[2]}`,
    startedS === undefined ? '' : `started ${lengthOf(now - startedS * 1000)} ago; figures are since then`,
  ]
    .filter((text) => text !== '')
    .join(', ')
}

/** Every part that is not working with its reason, and the names of the others: there are some thirty. */
function partsOf(supervisor: StatusPage['supervisor'], now: number): string {
  const states = Object.entries(supervisor.states())
  const working = states.filter(([, { state }]) => state === 'working').map(([name]) => name)
  const rows = states
    .filter(([, { state }]) => state !== 'working')
    .map(([name, state]) => {
      const reason = 'reason' in state ? state.reason : ''
      const since = 'sinceMs' in state ? `for ${lengthOf(now - state.sinceMs)}` : ''
      return row(name, state.state, [reason, since].filter((text) => text !== '').join(', '))
    })
  const table = rows.length === 0 ? '' : `<table>${rows.join('')}</table>\n`
  if (working.length === 0) return table
  return `${table}<p><span class="state" data-state="working">working:</span> ${Bun.escapeHTML(working.join(', '))}</p>`
}

const row = (name: string, state: string, remark: string): string =>
  `<tr><th scope="row">${Bun.escapeHTML(name)}</th><td class="state" data-state="${state}">${state}</td><td>${Bun.escapeHTML(remark)}</td></tr>`

/** A duration in its largest unit with at least two of them. */
function lengthOf(ms: number): string {
  const units: [string, number][] = [
    ['days', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
  ]
  const [name, unitMs] = units.find(([, unitMs]) => ms >= 2 * unitMs) ?? ['s', 1000]
  return `${Math.max(0, Math.round(ms / unitMs))} ${name}`
}

/** A metric's sum over all labels, or another reduction; undefined: this process does not have it. */
function sumOf(
  metrics: string,
  name: string,
  both = (sum: number, value: number) => sum + value,
): number | undefined {
  const values = metrics.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))
  return [...values]
    .map(([, value]) => Number(value))
    .reduce<number | undefined>((sum, value) => (sum === undefined ? value : both(sum, value)), undefined)
}
