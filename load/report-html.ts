import { blocksOf, headline, type Row, verdictLines } from './report.ts'
import type { LoadProgress, LoadResult } from './run.ts'
import { whole } from './verdict.ts'

/** Points of a line: more than the pixels would not be visible. */
const POINTS_MAX = 400
const WIDTH = 640
const HEIGHT = 160
/** Space for the scales on the left and below. */
const LEFT = 52
const BELOW = 22

interface Line {
  name: string
  colour: string
  /** undefined: no value at this point. */
  values: (number | undefined)[]
}

/**
 * A run as one self-contained page: the verdict, two charts, the tables. It can be mailed, and opened in ten years.
 * @param about When it ran, and by which version on what machine.
 */
export function htmlReport(result: LoadResult, seconds: readonly LoadProgress[], about: string): string {
  const points = thinned(seconds)
  const atS = points.map(({ elapsedS }) => elapsedS)
  const rate = (of: 'sent' | 'accepted' | 'counted'): (number | undefined)[] =>
    points.map((point, i) => {
      const before = points[i - 1] ?? { elapsedS: 0, sent: 0, accepted: 0, counted: 0 }
      const passedS = point.elapsedS - before.elapsedS
      return passedS > 0 ? (point[of] - before[of]) / passedS : undefined
    })
  const percentile = (of: 'p50' | 'p99') =>
    points.map(({ tapMs }) => (tapMs.count === 0 ? undefined : tapMs[of]))
  const charts = [
    chart('Taps a second', atS, [
      { name: 'sent', colour: '#8a8fa8', values: rate('sent') },
      { name: 'accepted', colour: '#2f6fd6', values: rate('accepted') },
      { name: 'counted', colour: '#c9660a', values: rate('counted') },
    ]),
    chart('From tap to packet, milliseconds', atS, [
      { name: 'p50', colour: '#2f6fd6', values: percentile('p50') },
      { name: 'p99', colour: '#c9660a', values: percentile('p99') },
    ]),
  ]
  const [said, ...notes] = verdictLines(result)
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>roar load: ${result.verdict.ok ? 'OK' : 'FAULT'}</title>
<style>
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 920px; margin: 32px auto; padding: 0 20px; }
h1 { font-size: 20px; margin: 0 0 4px; }
h2 { font-size: 15px; margin: 32px 0 4px; }
.verdict { padding: 10px 14px; border-radius: 10px; font-weight: 600; background: ${result.verdict.ok ? '#1d7a4622' : '#b3261e2e'}; }
svg { width: 100%; height: auto; overflow: visible; }
svg text { font: 9px system-ui, sans-serif; fill: currentColor; opacity: .75; }
path { fill: none; stroke-width: 1.6; stroke-linecap: round; stroke-linejoin: round; }
.grid { stroke: currentColor; opacity: .15; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; margin-top: 20px; }
th, td { padding: 3px 16px 3px 0; border-bottom: 1px solid #8884; vertical-align: top; text-align: right; font-weight: 400; width: 5em; white-space: nowrap; }
th { text-align: left; width: 12em; white-space: normal; }
td:last-child { text-align: left; white-space: normal; width: auto; padding-right: 0; }
.quiet, td:last-child { opacity: .75; }
@media (max-width: 600px) {
  svg text { font-size: 17px; }
  tr { display: flex; flex-wrap: wrap; border-bottom: 1px solid #8884; }
  th, td { border: 0; width: auto; min-width: 3em; padding-right: 8px; }
  th { flex: 1; }
  td:last-child { flex: 0 0 100%; padding-top: 0; }
  td:empty { display: none; }
}
.key { margin-right: 14px; } .key::before { content: ""; display: inline-block; width: 12px; height: 3px; margin-right: 5px; vertical-align: middle; background: var(--of); }
</style>
<h1>roar load</h1>
<p>${Bun.escapeHTML(headline(result.options))}</p>
<p class="quiet">${Bun.escapeHTML(about)}</p>
<p class="verdict">${Bun.escapeHTML(said!)}</p>
${notes.map((note) => `<p>${Bun.escapeHTML(note)}</p>`).join('\n')}
${charts.join('\n')}
${blocksOf(result).map(tableOf).join('\n')}
</html>
`
}

const tableOf = (rows: Row[]): string =>
  `<table>${rows
    .map(
      (row) =>
        `<tr><th scope="row">${Bun.escapeHTML(row[0])}</th>${[row[1], row[2] ?? ''].flat().map(cell).join('')}</tr>`,
    )
    .join('')}</table>`

const cell = (text: string): string => `<td>${Bun.escapeHTML(text)}</td>`

/** At most `POINTS_MAX` entries, including the last. */
function thinned(seconds: readonly LoadProgress[]): readonly LoadProgress[] {
  const every = Math.ceil(seconds.length / POINTS_MAX)
  return seconds.filter((_, i) => (seconds.length - 1 - i) % every === 0)
}

function chart(title: string, atS: readonly number[], lines: readonly Line[]): string {
  const top = niceAbove(
    Math.max(1, ...lines.flatMap(({ values }) => values.filter((value) => value !== undefined))),
  )
  const endS = Math.max(1, atS.at(-1) ?? 1)
  const x = (s: number) => LEFT + (s / endS) * (WIDTH - LEFT)
  const y = (value: number) => 8 + (1 - value / top) * (HEIGHT - BELOW - 8)
  const scale = [0, 0.5, 1].map((share) => {
    const at = y(share * top)
    return `<line class="grid" x1="${LEFT}" x2="${WIDTH}" y1="${at}" y2="${at}"/><text x="${LEFT - 8}" y="${at + 4}" text-anchor="end">${whole(share * top)}</text>`
  })
  const times = [0, 0.5, 1].map((share) => {
    const anchor = share === 0 ? 'start' : share === 1 ? 'end' : 'middle'
    return `<text x="${x(share * endS)}" y="${HEIGHT - 4}" text-anchor="${anchor}">${whole(share * endS)} s</text>`
  })
  const drawn = lines.map(
    ({ colour, values }) => `<path stroke="${colour}" d="${pathOf(values, (i) => x(atS[i]!), y)}"/>`,
  )
  const keys = lines.map(({ name, colour }) => `<span class="key" style="--of:${colour}">${name}</span>`)
  return `<h2>${title}</h2><p>${keys.join('')}</p><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">${[...scale, ...times, ...drawn].join('')}</svg>`
}

/** An SVG path with gaps where values are missing. */
function pathOf(
  values: readonly (number | undefined)[],
  x: (i: number) => number,
  y: (value: number) => number,
): string {
  let path = ''
  for (const [i, value] of values.entries()) {
    if (value === undefined) continue
    const isNew = i === 0 || values[i - 1] === undefined
    path += `${isNew ? 'M' : 'L'}${x(i).toFixed(1)} ${y(value).toFixed(1)}`
    // A single point is drawn as a dot.
    if (isNew) path += 'h0'
  }
  return path
}

/** The next round number above, for the end of a scale: 1, 2 or 5 times a power of ten. */
function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value)!
}
