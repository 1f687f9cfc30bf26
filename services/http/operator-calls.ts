import * as v from 'valibot'
import { RateLimit } from '../../engine/rate-limit.ts'
import { RoarError } from '../../protocol/errors.ts'
import { type PartState, PURPOSES, type Supervisor } from '../supervision/supervisor.ts'
import { answer, call } from './call/call.ts'
import { component, text, time } from './call/schemas.ts'
import { jsonHeaders, jsonResponse } from './responses.ts'
import type { Handler } from './routes.ts'
import { sharedAnswer } from './shared-answer.ts'
import { statusPage } from './status-page.ts'

/** What the operators' calls share. */
export interface OperatorContext {
  supervisor: Supervisor
  openapi: () => Promise<unknown>
  asyncapi: () => Promise<unknown>
  /** The metrics as text: OpenMetrics, which has exemplars, or the Prometheus format. */
  measure: (isOpenMetrics: boolean) => Promise<{ text: string; type: string }>
  /** Milliseconds since 1970. */
  now: () => number
}

const getHealth = call({
  id: 'getHealth',
  method: 'GET',
  path: '/healthz',
  tag: 'Operators',
  summary: 'Check whether the process is alive',
  who: 'anybody',
  answers: { 200: answer('It is', v.object({ status: v.literal('ok') }), { status: 'ok' }) },
}).route(() => () => jsonResponse({ status: 'ok' }))

interface Readiness {
  status: 'ready' | 'not ready'
  reason?: string
  parts: Record<string, { state: PartState['state']; reason?: string; sinceMs?: number }>
}
const ReadinessSchema = component<Readiness>()(
  'Readiness',
  v.object({
    status: v.picklist(['ready', 'not ready']),
    reason: v.exactOptional(text),
    parts: v.record(
      v.string(),
      v.object({
        state: v.picklist(['starting', 'working', 'waiting', 'failed']),
        reason: v.exactOptional(text),
        sinceMs: v.exactOptional(time),
      }),
    ),
  }),
)
const READINESS = {
  tag: 'Operators',
  method: 'GET',
  who: 'anybody',
  answers: {
    200: answer('It should', ReadinessSchema, { status: 'ready', parts: { log: { state: 'working' } } }),
    503: answer('It should not, and why', ReadinessSchema, {
      status: 'not ready',
      reason: 'log is waiting: no broker answers',
      parts: { log: { state: 'waiting', reason: 'no broker answers', sinceMs: 1_795_349_712_000 } },
    }),
  },
} as const

const getReadiness = call({
  ...READINESS,
  id: 'getReadiness',
  path: '/readyz',
  summary: 'Check whether the process should receive traffic',
  description: 'Ready when every part of the process works.',
}).route(
  ({ supervisor }: OperatorContext) =>
    () =>
      readinessOf(supervisor),
)

const getReadinessFor = call({
  ...READINESS,
  id: 'getReadinessFor',
  path: '/readyz/{purpose}',
  summary: 'Check whether the process should receive traffic of one kind',
  description: 'For a balancer that sends taps, votes, packets or producers to different processes.',
}).route(
  ({ supervisor }: OperatorContext) =>
    ({ params }) =>
      readinessOf(supervisor, (params as { purpose: string }).purpose),
)

/** @throws RoarError not_found, for a purpose that this process never serves: a balancer must not send it any */
function readinessOf(supervisor: Supervisor, name?: string): Response {
  const purpose = PURPOSES.find((known) => known === name)
  if (name !== undefined && (purpose === undefined || !supervisor.serves(purpose))) {
    throw new RoarError('not_found', `no part of this process serves ${name.slice(0, 32)}`)
  }
  const reason = supervisor.trouble(purpose)
  const parts = supervisor.states()
  return reason === undefined
    ? jsonResponse({ status: 'ready', parts } satisfies Readiness)
    : jsonResponse({ status: 'not ready', reason, parts } satisfies Readiness, {
        status: 503,
        headers: { 'retry-after': '1' },
      })
}

const getMetrics = call({
  id: 'getMetrics',
  method: 'GET',
  path: '/metrics',
  tag: 'Operators',
  summary: 'Get the metrics for Prometheus',
  who: 'anybody',
  answers: { 200: answer('The metrics', v.string(), 'roar_ingest_bursts_total 12\n', 'text/plain') },
}).route(({ measure }: OperatorContext) => async ({ headers }) => {
  const { text, type } = await measure(OPENMETRICS.test(headers.get('accept') ?? ''))
  return new Response(text, { headers: { 'content-type': type, vary: 'accept' } })
})

/** Clients that support it list it first. */
const OPENMETRICS = /\bapplication\/openmetrics-text\b/

/** For a page of text only: it may load, run or embed nothing. */
const STATUS_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const getStatus = call({
  id: 'getStatus',
  method: 'GET',
  path: '/status',
  tag: 'Operators',
  summary: 'See what this process does, as a page',
  description: 'For people: the same as `/readyz`, with a few figures.',
  who: 'anybody',
  query: { refresh: v.pipe(v.literal('on'), v.description('The page refreshes itself every 5 s')) },
  answers: { 200: answer('The page', v.string(), '<!doctype html>…', 'text/html') },
}).route(({ supervisor, measure, now }: OperatorContext) => {
  const page = (refreshes: boolean) =>
    sharedAnswer(async () => {
      const { text } = await measure(false)
      return statusPage({ supervisor, metrics: text, now: now(), refreshes })
    })
  const [still, refreshing] = [page(false), page(true)]
  return async ({ url }) =>
    new Response(await (new URL(url).searchParams.get('refresh') === 'on' ? refreshing() : still()), {
      headers: {
        'content-type': 'text/html;charset=utf-8',
        'cache-control': 'no-store',
        'content-security-policy': STATUS_POLICY,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'same-origin',
      },
    })
})

/**
 * How often one document is sent: passing its hundreds of kilobytes on takes a millisecond or two, several in one turn of the
 * event loop where they are asked for together, and nobody needs it twice. Beyond it a request is told to retry.
 */
const DOCUMENT_RATE = { perSecond: 5, burst: 10 }

/** A document that stays the same while the process runs: it is written once, because anybody may request it again and again. */
function documentHandler(make: () => Promise<unknown>, { now }: OperatorContext): Handler {
  const limit = new RateLimit(DOCUMENT_RATE)
  let bytes: Promise<Uint8Array<ArrayBuffer>> | undefined
  return async () => {
    const waitMs = limit.take('', now())
    if (waitMs > 0)
      throw new RoarError('too_many_requests', 'this document was requested too often', {
        retryAfterS: Math.ceil(waitMs / 1000),
      })
    bytes ??= make()
      .then((document) => new TextEncoder().encode(JSON.stringify(document)))
      .catch((cause) => {
        // The next request makes it anew.
        bytes = undefined
        throw cause
      })
    return new Response(await bytes, { headers: jsonHeaders() })
  }
}

const getOpenApi = call({
  id: 'getOpenApi',
  method: 'GET',
  path: '/openapi.json',
  tag: 'Operators',
  summary: 'Get this document',
  who: 'anybody',
  answers: {
    200: answer(
      'The document',
      v.pipe(v.looseObject({ openapi: text }), v.metadata({ additionalProperties: {} })),
      { openapi: '3.1.0' },
    ),
  },
}).route((context: OperatorContext) => documentHandler(context.openapi, context))

const getAsyncApi = call({
  id: 'getAsyncApi',
  method: 'GET',
  path: '/asyncapi.json',
  tag: 'Operators',
  summary: 'Get the description of the topics and their packets',
  who: 'anybody',
  answers: {
    200: answer(
      'The document',
      v.pipe(v.looseObject({ asyncapi: text }), v.metadata({ additionalProperties: {} })),
      { asyncapi: '3.0.0' },
    ),
  },
}).route((context: OperatorContext) => documentHandler(context.asyncapi, context))

/** What watches a process: probes, balancers, Prometheus. */
const WATCHING = /^\/(healthz|readyz|metrics)([/?]|$)/

/** Whether a request asks how the process is. */
export const isWatching = (target: string): boolean => WATCHING.test(target)

/** The operators' calls of every process. */
export const OPERATOR_CALLS = [
  getHealth,
  getReadiness,
  getReadinessFor,
  getStatus,
  getMetrics,
  getOpenApi,
  getAsyncApi,
]
