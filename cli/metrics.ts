import type { Log } from '../adapters/log/log.ts'
import type { PubSub } from '../adapters/pubsub/pubsub.ts'
import { version } from '../package.json'
import { ERRORS } from '../protocol/errors.ts'
import type { Aggregate } from '../services/aggregate/aggregate.ts'
import type { SparkAggregate, SparkCounters } from '../services/aggregate/spark/supervisor.ts'
import type { Bridge } from '../services/bridge/bridge.ts'
import type { Deliver } from '../services/deliver/deliver.ts'
import { viewersMax } from '../services/edge/door.ts'
import type { Edge } from '../services/edge/edge.ts'
import type { Metric, NumberMetric } from '../services/http/operator.ts'
import type { Http } from '../services/http/server.ts'
import type { BallotBox } from '../services/ingest/ballot-box.ts'
import type { Ingest } from '../services/ingest/ingest.ts'
import type { Histogram } from '../services/measure/histogram.ts'
import type { TimedLog } from '../services/measure/timed-log.ts'
import type { TallyService } from '../services/polls/tally.ts'
import type { Supervisor } from '../services/supervision/supervisor.ts'
import type { Tracing } from '../services/tracing/tracing.ts'
import { commit } from './version.ts'

const counter = (name: string, help: string, read: NumberMetric['read'], label?: string): NumberMetric => ({
  name: `roar_${name}`,
  help,
  type: 'counter',
  read,
  ...(label === undefined ? {} : { label }),
})
export const gauge = (
  name: string,
  help: string,
  read: NumberMetric['read'],
  label?: string,
): NumberMetric => ({
  ...counter(name, help, read, label),
  type: 'gauge',
})

const histogram = (name: string, help: string, times: Histogram): Metric => ({
  name: `roar_${name}`,
  help,
  type: 'histogram',
  read: () => [{ labels: {}, ...times.read() }],
})

/** Every series exists before its first event: otherwise Prometheus misses the increase from nothing to one. */
const NO_PROBLEM = Object.fromEntries(Object.keys(ERRORS).map((code) => [code, 0]))

/** The version of this program. */
export const buildMetrics = (): Metric[] => {
  const labels = { version, commit: commit() }
  return [
    {
      name: 'roar_build_info',
      help: 'Version and commit of the program; always 1',
      type: 'gauge',
      labels: Object.keys(labels),
      read: () => [{ labels, value: 1 }],
    },
  ]
}

const PART_STATES = ['starting', 'working', 'waiting', 'failed'] as const

/** An OpenMetrics state set: 1 for the state that a part is in. */
export const partMetrics = (supervisor: Supervisor): Metric[] => [
  {
    name: 'roar_part_state',
    help: 'The state of each part of this process',
    type: 'gauge',
    labels: ['part', 'state'],
    read: () =>
      Object.entries(supervisor.states()).flatMap(([part, now]) =>
        PART_STATES.map((state) => ({ labels: { part, state }, value: Number(now.state === state) })),
      ),
  },
]

/** A function, because the server is created after the routes that report it. */
export const httpMetrics = (http: () => Http): Metric[] => [
  counter(
    'http_problems_total',
    'Requests that ended in an error, by code',
    () => ({ ...NO_PROBLEM, ...http().problems }),
    'code',
  ),
  {
    name: 'roar_http_requests_total',
    help: 'Requests answered, by method, route and status',
    type: 'counter',
    labels: ['method', 'route', 'status'],
    read: () => http().requests.counts(),
  },
  {
    name: 'roar_http_request_duration_seconds',
    help: 'Time from a request to its answer, by method and route: from its head, or in the fast lane from its last byte',
    type: 'histogram',
    read: () => http().requests.durations(),
  },
]

export const logMetrics = ({ durations, deadLetters }: TimedLog): Metric[] => [
  {
    name: 'roar_log_append_seconds',
    help: 'How long an append took until it was durable, by topic',
    type: 'histogram',
    read: durations,
  },
  counter('dead_letters_total', 'Records that could not be read, and are in dead-letters', deadLetters),
]

/** For a process with a collector. */
export const tracingMetrics = ({ counters }: Tracing): Metric[] => [
  counter(
    'tracing_spans_total',
    'Spans by outcome: exported, failed if the collector did not accept them, dropped if too many were waiting',
    () => ({ exported: counters.exported, failed: counters.failed, dropped: counters.dropped }),
    'outcome',
  ),
  counter(
    'tracing_limited_total',
    'Requests not traced because of the limit per second',
    () => counters.limited,
  ),
]

/** For a process with a fast lane. */
export const fastLaneMetrics = (http: () => Http): Metric[] => [
  counter(
    'fast_lane_requests_total',
    'Requests on connections of the fast lane, by who answered: the lane or the server behind it',
    () => {
      const { answered = 0, forwarded = 0 } = http().fastLane?.counters ?? {}
      return { lane: answered, server: forwarded }
    },
    'by',
  ),
  gauge(
    'fast_lane_tunnelled_connections',
    'Connections handed over to the server behind the fast lane',
    () => http().fastLane?.tunnelled() ?? 0,
  ),
  gauge(
    'fast_lane_queued_connections',
    'Connections that sent a request before the one ahead of it was answered, and wait for their turn',
    () => http().fastLane?.queued() ?? 0,
  ),
]

export const ingestMetrics = ({ counters, delays, waiting, pace }: Ingest): Metric[] => [
  counter('ingest_bursts_total', 'Bursts accepted', () => counters.bursts),
  counter('ingest_reactions_total', 'Reactions accepted, weighed by their sample', () => counters.reactions),
  counter('ingest_posts_total', 'Posts accepted', () => counters.posts),
  counter('ingest_presences_total', 'Presence reports by members of rooms', () => counters.presences),
  counter('ingest_slices_total', 'Slices confirmed by the log', () => counters.slices),
  counter('ingest_append_failures_total', 'Appends that were retried', () => counters.appendFailures),
  histogram(
    'ingest_delay_seconds',
    'How far behind live the tapping viewers are, per burst, for clients that report it',
    delays,
  ),
  gauge('ingest_waiting_reactions', 'Reactions accepted and not yet confirmed by the log', waiting),
  gauge(
    'ingest_flush_seconds',
    'The interval at which clients are asked to send, in seconds',
    () => pace().flushMs / 1000,
  ),
  gauge('ingest_sample', 'The share of bursts that clients are asked to send', () => pace().sample),
]

export const aggregateMetrics = ({ counters }: Aggregate): Metric[] => [
  counter('aggregate_records_total', 'Slices read', () => counters.records),
  counter('aggregate_repeats_total', 'Repeated slices, which were already counted', () => counters.repeats),
  counter(
    'aggregate_late_total',
    'Slices that arrived after their window was closed; must stay 0',
    () => counters.late,
  ),
  counter('aggregate_cells_total', 'Cells written', () => counters.cells),
]

export const deliverMetrics = ({ counters, isActive, ages }: Deliver): Metric[] => [
  histogram(
    'deliver_mood_age_seconds',
    'Time from the end of a window until its packet is stored and published',
    ages,
  ),
  gauge('deliver_active', 'Whether this deliver is the active one; exactly one should be', () =>
    Number(isActive()),
  ),
  counter('deliver_cells_total', 'Cells read', () => counters.cells),
  counter('deliver_reactions_total', 'Reactions published in packets', () => counters.reactions),
  counter('deliver_moods_total', 'Mood packets published', () => counters.moods),
  counter('deliver_posts_total', 'Posts read', () => counters.posts),
  counter('deliver_feeds_total', 'Feed packets published', () => counters.feeds),
  counter('deliver_room_posts_total', 'Posts to rooms read', () => counters.roomPosts),
  counter('deliver_room_packets_total', 'Packets of rooms published', () => counters.roomPackets),
  gauge('deliver_live_rooms', 'Rooms with members present', () => counters.liveRooms),
  counter(
    'deliver_recounted_total',
    'Reactions that the store had lost and that were counted again from the log',
    () => counters.recounted,
  ),
  counter('deliver_store_failures_total', 'Writes of counts that failed', () => counters.storeFailures),
]

export const edgeMetrics = ({ counters, limits, tree, broadcasts, connects }: Edge): Metric[] => [
  histogram('edge_broadcast_seconds', 'Time to send a message to all subscribed sockets', broadcasts),
  histogram('edge_connect_seconds', 'Time from the connection of a viewer to its CONNACK', connects),
  gauge('edge_newest_age_seconds', 'Age of the newest packet', () => tree().newestAgeMs / 1000),
  gauge('edge_root_age_seconds', 'Age of the newest pulse of the root', () => tree().rootAgeMs / 1000),
  gauge('edge_root_up', 'Whether there is a path to the root', () => Number(tree().lostForMs === 0)),
  gauge('edge_connections_max', 'The most viewers that the edge accepts', () =>
    viewersMax({ limits, counters: counters() }),
  ),
  gauge(
    'edge_connections',
    'Viewers connected, by transport',
    () => {
      const { websocket, tcp, events } = counters().connections
      return {
        websocket_v4: websocket.v4,
        websocket_v5: websocket.v5,
        tcp_v4: tcp.v4,
        tcp_v5: tcp.v5,
        connecting: websocket.connecting + tcp.connecting,
        events,
      }
    },
    'transport',
  ),
  counter('edge_messages_total', 'Messages received from PubSub', () => counters().messages),
  counter(
    'edge_messages_dropped_total',
    'Messages not delivered: not a topic of a show, or over a limit',
    () => counters().messagesDropped,
  ),
  counter(
    'edge_messages_repeated_total',
    'Retained messages equal to the current value',
    () => counters().messagesRepeated,
  ),
  counter(
    'edge_messages_older_total',
    'Retained messages older than the current value',
    () => counters().messagesOlder,
  ),
  counter(
    'edge_messages_ahead_total',
    'Retained messages dropped because their time is far ahead of the clock, or their version is impossible',
    () => counters().messagesAhead,
  ),
  counter('edge_deliveries_total', 'Packets sent to viewers', () => counters().deliveries),
  counter('edge_skipped_total', 'Packets that slow viewers skipped', () => counters().skipped),
  counter('edge_cut_slow_total', 'Viewers disconnected because they read nothing', () => counters().cutSlow),
  counter('edge_moved_total', 'Viewers redirected to another edge', () => counters().moved),
  counter(
    'edge_refused_total',
    'Connections refused, by reason',
    () => ({ ...counters().refused }),
    'reason',
  ),
  counter('edge_bytes_in_total', 'Bytes from viewers', () => counters().bytesIn),
  counter('edge_bytes_out_total', 'Bytes to viewers', () => counters().bytesOut),
]

export const sparkMetrics = (aggregate: SparkAggregate): Metric[] => {
  const byJob = (name: keyof SparkCounters) => () =>
    Object.fromEntries(Object.entries(aggregate.counters).map(([job, counters]) => [job, counters[name]]))
  return [
    gauge('spark_up', 'Whether the counting on Spark makes progress', () =>
      Number(aggregate.trouble() === undefined),
    ),
    counter('spark_batches_total', 'Batches', byJob('batches'), 'query'),
    counter('spark_repeats_total', 'Repeated records, which were already counted', byJob('repeats'), 'query'),
    counter(
      'spark_late_rows_total',
      'Rows dropped behind the watermark; must stay 0',
      byJob('lateRows'),
      'query',
    ),
    counter(
      'spark_dead_letters_total',
      'Records that could not be read, and are in dead-letters',
      byJob('deadLetters'),
      'query',
    ),
    counter('spark_starts_total', 'Starts of a query', byJob('starts'), 'query'),
    {
      name: 'roar_spark_batch_seconds',
      help: 'How long a batch took',
      type: 'histogram',
      read: () =>
        Object.entries(aggregate.batchTimes).map(([query, times]) => ({
          labels: { query },
          ...times.read(),
        })),
    },
    gauge('spark_rows_per_second', 'Rows per second in the newest batch', byJob('rowsPerSecond'), 'query'),
    gauge('spark_lag_records', 'Records not yet counted', byJob('lagRecords'), 'query'),
    gauge('spark_state_rows', 'Rows of state that Spark keeps', byJob('stateRows'), 'query'),
    gauge('spark_state_bytes', 'Memory of that state', byJob('stateBytes'), 'query'),
  ]
}

export const publishMetrics = ({ counters }: PubSub): Metric[] => [
  counter(
    'pubsub_dropped_total',
    'Messages that are not retained and were dropped while the pubsub was unreachable, and those that it refuses from everybody',
    () => counters().dropped,
  ),
  gauge(
    'pubsub_waiting',
    'Topics whose newest retained message waits for the pubsub',
    () => counters().waiting,
  ),
]

export const bridgeMetrics = ({ counters, size }: Bridge, target: PubSub): Metric[] => [
  counter('bridge_messages_total', 'Messages received from the upstream', () => counters().heard),
  counter('bridge_carried_total', 'Messages published to the pubsub', () => counters().carried),
  counter('bridge_repeats_total', 'Retained messages that the pubsub already had', () => counters().repeats),
  counter(
    'bridge_dropped_total',
    'Messages dropped: too long, or over a limit while the pubsub was unreachable or slow',
    () => counters().dropped + target.counters().dropped,
  ),
  gauge('bridge_retained', 'Topics whose newest message is kept', () => size().retained),
  gauge(
    'bridge_waiting',
    'Messages queued for the pubsub',
    () => size().fleeting + target.counters().waiting,
  ),
]

export const voteMetrics = ({ ingest, box, log }: { ingest: Ingest; box: BallotBox; log: Log }): Metric[] => [
  counter('votes_ballots_total', 'Ballots confirmed by the log', () => ingest.counters.ballots),
  gauge('votes_waiting', 'Ballots not yet confirmed by the log', () => box.waiting),
  gauge('votes_waiting_max', 'The most ballots that may wait', () => box.waitingMax),
  gauge('votes_voters', 'Voters held in memory', () => box.voters),
  gauge('votes_voters_max', 'The most voters held in memory', () => box.votersMax),
  gauge(
    'votes_clock_skew_seconds',
    "Difference between this process's clock and the log's, in seconds",
    () => box.skewMs / 1000,
  ),
  gauge('votes_log_up', 'Whether the ballots log can be written', () => Number(log.state() === 'up')),
]

export const tallyMetrics = ({ counters }: TallyService): Metric[] => [
  counter('votes_counted_total', 'Ballots read by the tally', () => counters.ballots),
  counter('votes_repeats_total', 'Ballots that did not change the count', () => counters.repeats),
]
