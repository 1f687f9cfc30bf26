import { join } from 'node:path'
import {
  LegendDisplayMode,
  SortOrder,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common'
import {
  DashboardBuilder,
  DashboardCursorSync,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus'
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries'
import {
  BytesIEC,
  PercentUnit,
  RequestsPerSecond,
  Seconds,
  Short,
} from '@grafana/grafana-foundation-sdk/units'

export const DASHBOARD_FILE = join(import.meta.dir, 'dashboards/roar.json')

interface Panel {
  title: string
  description?: string
  /** One of Grafana's. Default: a number. */
  unit?: string
  /** Expressions by their legend. */
  queries: Record<string, string>
}

/** The variables of the dashboard: which Prometheus, and which scrape jobs. */
const SOURCE = { type: 'prometheus', uid: '$source' }
const JOBS = 'job=~"$job"'

const now = (metric: string): string => `${metric}{${JOBS}}`
const perSecond = (counter: string): string => `rate(${now(counter)}[$__rate_interval])`
/** @param by Labels that make a line each. */
const quantile = (share: number, histogram: string, ...by: string[]): string =>
  `histogram_quantile(${share}, sum by (${[...by, 'le'].join(', ')}) (${perSecond(`${histogram}_bucket`)}))`

/** Two in a row. */
const PANELS: Panel[] = [
  {
    title: 'Viewers',
    queries: {
      '{{transport}}': `sum by (transport) (${now('roar_edge_connections')})`,
      'room for': `sum(${now('roar_edge_connections_max')})`,
    },
  },
  {
    title: 'Reactions a second',
    description: 'Both are the same but for the time between them.',
    queries: {
      accepted: `sum(${perSecond('roar_ingest_reactions_total')})`,
      'in packets': `sum(${perSecond('roar_deliver_reactions_total')})`,
    },
  },
  {
    title: 'Requests a second, by status',
    unit: RequestsPerSecond,
    queries: { '{{status}}': `sum by (status) (${perSecond('roar_http_requests_total')})` },
  },
  {
    title: 'Problems a second, by code',
    queries: { '{{code}}': `sum by (code) (${perSecond('roar_http_problems_total')}) > 0` },
  },
  {
    title: 'How long requests take, p99 by route',
    unit: Seconds,
    queries: { '{{route}}': quantile(0.99, 'roar_http_request_duration_seconds', 'route') },
  },
  {
    title: 'From a window to its packet',
    unit: Seconds,
    queries: {
      p50: quantile(0.5, 'roar_deliver_mood_age_seconds'),
      p99: quantile(0.99, 'roar_deliver_mood_age_seconds'),
    },
  },
  {
    title: 'Appends to the log, p99 by topic',
    unit: Seconds,
    queries: { '{{topic}}': quantile(0.99, 'roar_log_append_seconds', 'topic') },
  },
  {
    title: 'Broadcasts, p99',
    unit: Seconds,
    queries: { '{{instance}}': quantile(0.99, 'roar_edge_broadcast_seconds', 'instance') },
  },
  {
    title: 'Viewers connect in, p99',
    unit: Seconds,
    queries: { '{{instance}}': quantile(0.99, 'roar_edge_connect_seconds', 'instance') },
  },
  {
    title: 'Batches of Spark, p99',
    unit: Seconds,
    queries: { '{{query}}': quantile(0.99, 'roar_spark_batch_seconds', 'query') },
  },
  {
    title: 'Ballots a second',
    queries: {
      durable: `sum(${perSecond('roar_votes_ballots_total')})`,
      counted: `sum(${perSecond('roar_votes_counted_total')})`,
    },
  },
  {
    title: 'What waits',
    queries: {
      reactions: `sum(${now('roar_ingest_waiting_reactions')})`,
      ballots: `sum(${now('roar_votes_waiting')})`,
      'records at Spark': `sum(${now('roar_spark_lag_records')})`,
    },
  },
  {
    title: 'Packets to viewers a second',
    queries: {
      sent: `sum(${perSecond('roar_edge_deliveries_total')})`,
      'skipped by slow viewers': `sum(${perSecond('roar_edge_skipped_total')})`,
    },
  },
  {
    title: 'Share of bursts that clients send',
    unit: PercentUnit,
    queries: {
      share: `min(${now('roar_ingest_sample')})`,
      'edges have a path': `min(${now('roar_edge_root_up')})`,
    },
  },
  {
    title: 'Parts that do not work',
    queries: {
      '{{instance}} {{part}} {{state}}': `max by (instance, part, state) (roar_part_state{${JOBS},state!="working"}) > 0`,
    },
  },
  {
    title: 'Files and sockets, of what is allowed',
    unit: PercentUnit,
    queries: { '{{instance}}': `${now('process_open_fds')} / ${now('process_max_fds')}` },
  },
  {
    title: 'Memory',
    unit: BytesIEC,
    queries: { '{{instance}}': now('process_resident_memory_bytes') },
  },
  {
    title: 'CPU, cores',
    queries: { '{{instance}}': perSecond('process_cpu_seconds_total') },
  },
  {
    title: 'Versions',
    queries: { '{{version}} {{commit}}': `count by (version, commit) (${now('roar_build_info')})` },
  },
  {
    title: 'Loop lag, p99',
    unit: Seconds,
    queries: { '{{instance}}': now('nodejs_eventloop_lag_p99_seconds') },
  },
]

/** What each panel asks Prometheus. */
export const QUERIES = PANELS.flatMap(({ title, queries }) =>
  Object.values(queries).map((expression) => ({ title, expression })),
)

/** The dashboard as Grafana reads it. Given no Prometheus, Grafana chooses its default one. */
export function dashboard() {
  const built = new DashboardBuilder('Roar')
    .uid('roar')
    .tags(['roar'])
    .editable()
    .tooltip(DashboardCursorSync.Crosshair)
    .refresh('10s')
    .time({ from: 'now-30m', to: 'now' })
    .withVariable(new DatasourceVariableBuilder('source').label('Prometheus').type('prometheus'))
    .withVariable(
      new QueryVariableBuilder('job')
        .label('Job')
        .datasource(SOURCE)
        .query('label_values(roar_build_info, job)')
        .refresh(VariableRefresh.OnTimeRangeChanged)
        .multi(true)
        .includeAll(true)
        .current({ text: 'All', value: '$__all' }),
    )
  for (const [index, panel] of PANELS.entries()) built.withPanel(chart(panel).id(index + 1))
  return built.build()
}

function chart({ title, description, unit = Short, queries }: Panel): PanelBuilder {
  const built = new PanelBuilder()
    .title(title)
    .datasource(SOURCE)
    .unit(unit)
    .span(12)
    .height(7)
    .legend(new VizLegendOptionsBuilder().showLegend(true).displayMode(LegendDisplayMode.List))
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
  if (description !== undefined) built.description(description)
  for (const [index, [legend, expression]] of Object.entries(queries).entries())
    built.withTarget(
      new DataqueryBuilder()
        .refId(String.fromCharCode(65 + index))
        .datasource(SOURCE)
        .expr(expression)
        .legendFormat(legend)
        .range(),
    )
  return built
}

/** `npm run dashboard`: writes it anew after a change of a panel. */
if (import.meta.main) await Bun.write(DASHBOARD_FILE, `${JSON.stringify(dashboard(), undefined, 2)}\n`)
