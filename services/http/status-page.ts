import { PURPOSES, type Supervisor } from '../supervision/supervisor.ts'

/** How often the page asks again by itself. */
const AGAIN_S = 5

/** What is worth a glance, by the metrics that it is the sum of. A process has those of its own parts. */
const NUMBERS: readonly (readonly [metric: string, title: string])[] = [
  ['roar_edge_connections', 'viewers connected'],
  ['roar_ingest_reactions_total', 'reactions taken since the start'],
  ['roar_ingest_posts_total', 'posts taken since the start'],
  ['roar_votes_ballots_total', 'votes taken since the start'],
  ['roar_http_problems_total', 'requests refused since the start'],
]

export interface StatusPage {
  supervisor: Pick<Supervisor, 'serves' | 'states' | 'trouble'>
  /** The metrics as Prometheus text. */
  metrics: string
  /** Milliseconds since 1970. */
  now: number
}

/** What this process does now, for people: one glance says whether all is well, and what is not. It holds nothing secret. */
export function statusPage({ supervisor, metrics, now }: StatusPage): string {
  const trouble = supervisor.trouble()
  const build = /^roar_build_info\{[^}]*version="([^"]*)"[^}]*commit="([^"]*)"/m.exec(metrics)
  const purposes = PURPOSES.filter((purpose) => supervisor.serves(purpose)).map((purpose) => {
    const why = supervisor.trouble(purpose)
    return row(purpose, why === undefined ? 'ready' : 'not ready', why ?? '')
  })
  const parts = Object.entries(supervisor.states()).map(([name, state]) => {
    const sinceMs = 'sinceMs' in state ? state.sinceMs : undefined
    const reason = 'reason' in state ? state.reason : undefined
    const since = sinceMs === undefined ? '' : `for ${Math.max(0, Math.round((now - sinceMs) / 1000))} s`
    return row(name, state.state, [reason, since].filter(Boolean).join(', '))
  })
  const numbers = NUMBERS.flatMap(([metric, title]) => {
    const sum = sumOf(metrics, metric)
    return sum === undefined
      ? []
      : [`<tr><th scope="row">${title}</th><td>${sum.toLocaleString('en-US')}</td></tr>`]
  })
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="${AGAIN_S}">
<title>${trouble === undefined ? 'Roar works' : 'Roar does not work'}</title>
<style>
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 760px; margin: 32px auto; padding: 0 20px; }
h1 { font-size: 22px; margin: 0; }
h2 { font-size: 15px; margin: 28px 0 4px; }
p { margin: 4px 0; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 4px 12px 4px 0; border-bottom: 1px solid #8884; text-align: start; vertical-align: top; font-weight: 400; overflow-wrap: anywhere; }
th { width: 40%; }
.state { white-space: nowrap; }
.state::before { content: ""; display: inline-block; width: 9px; height: 9px; margin-inline-end: 7px; border-radius: 50%; background: #2e9e5b; }
.state[data-state="not ready"]::before, .state[data-state="failed"]::before { background: #d33b2f; }
.state[data-state="waiting"]::before, .state[data-state="starting"]::before { background: #c98a00; }
</style>
<h1 class="state" data-state="${trouble === undefined ? 'ready' : 'not ready'}">${trouble === undefined ? 'All parts work' : 'Not ready'}</h1>
<p>${Bun.escapeHTML(trouble ?? '')}</p>
<p>${build === null ? '' : Bun.escapeHTML(`roar ${build[1]}, commit ${build[2]}`)}</p>
<h2>Ready for</h2>
<table>${purposes.join('')}</table>
<h2>Parts of this process</h2>
<table>${parts.join('')}</table>
<h2>Numbers</h2>
<table>${numbers.join('')}</table>
</html>
`
}

const row = (name: string, state: string, remark: string): string =>
  `<tr><th scope="row">${Bun.escapeHTML(name)}</th><td class="state" data-state="${state}">${state}</td><td>${Bun.escapeHTML(remark)}</td></tr>`

/** The sum over all labels of a metric; undefined: this process does not have it. */
function sumOf(metrics: string, name: string): number | undefined {
  let sum: number | undefined
  for (const [, value] of metrics.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm')))
    sum = (sum ?? 0) + Number(value)
  return sum
}
