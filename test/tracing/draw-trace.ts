export interface DrawnSpan {
  id: string
  parent: string | undefined
  name: string
  startUs: number
  durationUs: number
}

const WIDTH = 960
const NAMES = 330
const ROW = 26
const TOP = 46
const INDENT = 16

/** A trace as people know it from tracing tools: a row a span, children under their parents, bars along the time. */
export function drawTrace(spans: readonly DrawnSpan[], title: string): string {
  const rows = inOrder(spans)
  const startUs = Math.min(...spans.map((span) => span.startUs))
  const endUs = Math.max(...spans.map((span) => span.startUs + span.durationUs))
  const x = (us: number): number => NAMES + ((us - startUs) / (endUs - startUs)) * (WIDTH - NAMES - 80)
  const height = TOP + rows.length * ROW + 12
  const drawn = rows.map(({ span, depth }, i) => {
    const y = TOP + i * ROW
    const left = x(span.startUs)
    const width = Math.max(3, x(span.startUs + span.durationUs) - left)
    return [
      `<text x="${12 + depth * INDENT}" y="${y + 15}">${escaped(span.name)}</text>`,
      `<rect x="${left.toFixed(1)}" y="${y + 4}" width="${width.toFixed(1)}" height="14" rx="3"/>`,
      `<text class="ms" x="${(left + width + 6).toFixed(1)}" y="${y + 15}">${milliseconds(span.durationUs)}</text>`,
    ].join('')
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title)}">
<style>svg{font:13px system-ui,sans-serif;background:#fff}text{fill:#1b1f24}.ms{fill:#57606a;font-size:12px}rect{fill:#d6336c}.title{font-weight:600}</style>
<rect width="${WIDTH}" height="${height}" style="fill:#fff"/>
<text class="title" x="12" y="24">${escaped(title)}</text><text class="ms" x="${WIDTH - 12}" y="24" text-anchor="end">${milliseconds(endUs - startUs)} in all</text>
${drawn.join('\n')}
</svg>
`
}

/** Parents before their children, who come by time. */
function inOrder(spans: readonly DrawnSpan[]): { span: DrawnSpan; depth: number }[] {
  const known = new Set(spans.map(({ id }) => id))
  const byTime = spans.toSorted((a, b) => a.startUs - b.startUs)
  const under = (parent: string | undefined, depth: number): { span: DrawnSpan; depth: number }[] =>
    byTime
      .filter((span) => (known.has(span.parent ?? '') ? span.parent : undefined) === parent)
      .flatMap((span) => [{ span, depth }, ...under(span.id, depth + 1)])
  return under(undefined, 0)
}

const milliseconds = (us: number): string => `${(us / 1000).toFixed(us < 10_000 ? 1 : 0)} ms`

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
