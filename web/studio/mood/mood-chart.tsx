import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import { clock, clockWithSeconds } from '../ui/words.ts'
import type { MoodHistory } from './history.ts'

/** An event, drawn as a line through the chart. */
export interface Mark {
  at: number
  title: string
}

const HEIGHT_PX = 185
const AXIS_FONT = '12px system-ui, sans-serif'

/** The mood as lines over time. For screen readers it is one picture with a sentence; the figures stand beside it. */
export function MoodChart({
  history,
  marks = [],
  about,
  height = HEIGHT_PX,
}: {
  history: MoodHistory
  marks?: readonly Mark[]
  /** The sentence for screen readers. */
  about: string
  height?: number
}) {
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(undefined)
  const drawn = useRef({ history, marks })
  drawn.current = { history, marks }
  const looks = history.lines.map(({ title, colour }) => `${title} ${colour}`).join('\n')
  useEffect(() => {
    const node = box.current!
    const lines = looks === '' ? [] : drawn.current.history.lines
    const make = () => {
      plot.current?.destroy()
      const options = optionsOf(node, { lines, height, marks: () => drawn.current.marks })
      plot.current = new uPlot(options, dataOf(drawn.current.history), node)
    }
    make()
    const scheme = matchMedia('(prefers-color-scheme: dark)')
    scheme.addEventListener('change', make)
    const sized = new ResizeObserver(() => plot.current?.setSize({ width: node.clientWidth, height }))
    sized.observe(node)
    return () => {
      scheme.removeEventListener('change', make)
      sized.disconnect()
      plot.current?.destroy()
      plot.current = undefined
    }
  }, [looks, height])
  const marked = marks.map(({ at, title }) => `${at} ${title}`).join('\n')
  // biome-ignore lint/correctness/useExhaustiveDependencies: a mark that is new is drawn at once
  useEffect(() => plot.current?.setData(dataOf(history)), [history, marked])
  return <div ref={box} className="chart" role="img" aria-label={about} />
}

const dataOf = ({ times, lines }: MoodHistory): uPlot.AlignedData => [
  times,
  ...lines.map(({ values }) => values),
]

function optionsOf(
  node: HTMLElement,
  { lines, height, marks }: { lines: MoodHistory['lines']; height: number; marks: () => readonly Mark[] },
): uPlot.Options {
  // A canvas cannot use CSS custom properties: their values are read once per colour scheme.
  const { color: muted, borderTopColor: grid, outlineColor: text } = getComputedStyle(node)
  const axis = { stroke: muted, font: AXIS_FONT, grid: { stroke: grid, width: 1 }, ticks: { show: false } }
  return {
    width: node.clientWidth,
    height,
    legend: { show: false },
    cursor: { show: false },
    padding: [18, 24, 0, 0],
    scales: { y: { range: (_, __, max) => [0, Math.max(10, max * 1.1)] } },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 30,
        space: LABEL_PX,
        values: (_, times) => times.map(clockFor(times)),
      },
      { ...axis, size: 48, splits: undefined },
    ] as uPlot.Axis[],
    series: [
      {},
      ...lines.map(({ title, colour = text }) => ({
        label: title,
        stroke: colour,
        width: 2,
        fill: `${hexOf(colour)}1f`,
        points: { show: false },
      })),
    ],
    hooks: { draw: [(chart) => drawMarks(chart, marks(), { muted, text })] },
  }
}

/** The room of a time with seconds, and what keeps it apart from the next one. */
const LABEL_PX = 72

/** With seconds if the ticks are closer than a minute: those within one minute would have the same label. */
const clockFor = (times: readonly number[]) => {
  const isNear = times.length > 1 && times[1]! - times[0]! < 60
  return (s: number): string => (isNear ? clockWithSeconds : clock)(s * 1000)
}

/** A show's colour is #rrggbb and can be lightened; one of the page is drawn without a fill. */
const hexOf = (colour: string): string => (colour.startsWith('#') ? colour : '#808080')

function drawMarks(
  chart: uPlot,
  marks: readonly Mark[],
  { muted, text }: { muted: string; text: string },
): void {
  const { ctx, bbox } = chart
  const { min = 0, max = 0 } = chart.scales.x!
  ctx.save()
  // The axes leave their own settings behind.
  ctx.textAlign = 'left'
  ctx.lineWidth = devicePixelRatio
  ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`
  // If two would overlap, only the first is labelled.
  let free = 0
  for (const { at, title } of marks.toSorted((a, b) => a.at - b.at)) {
    const s = at / 1000
    if (s < min! || s > max!) continue
    const x = chart.valToPos(s, 'x', true)
    ctx.strokeStyle = muted
    ctx.setLineDash([4, 4])
    ctx.beginPath()
    ctx.moveTo(x, bbox.top)
    ctx.lineTo(x, bbox.top + bbox.height)
    ctx.stroke()
    const width = ctx.measureText(title).width + 8
    const left = Math.min(x + 4, bbox.left + bbox.width - width)
    if (left < free) continue
    free = left + width
    ctx.fillStyle = text
    ctx.fillText(title, left, bbox.top - 2)
  }
  ctx.restore()
}
