import type { Logger } from 'pino'
import type { Clock } from '../../adapters/clock/clock.ts'
import type { Store } from '../../adapters/store/store.ts'
import type { StoredWebhook, WebhookStore } from '../../adapters/store/webhooks.ts'
import { eventsOf, type ShowEvent } from '../../engine/webhooks/events.ts'
import { highlightEvents, seenAt, thresholdEvents } from '../../engine/webhooks/moments.ts'
import { afterTry } from '../../engine/webhooks/tries.ts'
import { filedAs } from '../../protocol/runs.ts'
import { showStateOf } from '../../protocol/show.ts'
import type { ShowDirectory } from '../directory/directory.ts'
import type { Health } from '../supervision/supervisor.ts'
import { newDelivery } from './new-delivery.ts'
import { type Post, TRY_MS } from './post.ts'
import { RecentSteps } from './recent-steps.ts'
import { signedHeaders } from './sign.ts'

/** How often new events and due deliveries are checked. */
const LOOK_MS = 1_000
/** If a process claimed a delivery and ended, another retries it after this time. */
const CLAIM_MS = 6 * TRY_MS
/** Events older than this that nobody recorded in time, as after a long outage, are not delivered any more. */
const CATCH_UP_MS = 3 * 86_400_000
/** How long a delivery is kept. Longer than `CATCH_UP_MS`: a deleted one must not be taken for new. */
const KEEP_MS = 7 * 86_400_000
/** Deliveries waiting for one receiver. Further ones are recorded once it has room, because events are found again each time. */
const WAITING_MAX = 10_000
/** Deliveries recorded at once; the others with the next check. */
const RECORDS_MAX = 500

/** Events caused by the crowd, not by producers. */
const MOMENTS = ['show.threshold', 'show.highlight'] as const

/** An event to deliver to a webhook. */
interface Telling {
  key: string
  webhook: StoredWebhook
  event: ShowEvent
}

/**
 * Delivers events of shows and polls to webhooks, at least once.
 *
 * ```
 * documents ─▶ events ─▶ [store: deliveries] ─▶ claimed ─▶ posted ─▶ delivered
 *                                        ▲                          └─ failed ─▶ again later, or dead
 *                                        └───────────────────────────────────────┘
 * ```
 *
 * Events follow from the documents at any time, and a delivery's id from its event: whoever finds it again, after
 * a restart or in another process, records nothing new. Each receiver gets one post at a time, so that a slow one holds
 * up nobody else; there are as many receivers as webhooks at most.
 */
export function startDeliveries({
  store,
  history,
  directory,
  clock,
  logger,
  health,
  post,
}: {
  store: WebhookStore
  /** For the crowd's moods. */
  history: Store['history']
  directory: ShowDirectory
  clock: Clock
  logger: Logger
  health: Health
  /** @returns why it failed; undefined: it arrived */
  post: (post: Post, signal: AbortSignal) => Promise<string | undefined>
}): { waiting(): number; close(): Promise<void> } {
  /** Deliveries that are in the store already. */
  let recorded = new Set<string>()
  const recent = new RecentSteps(history)
  /** Receivers that are being posted to. */
  const busy = new Map<string, Promise<void>>()
  let waiting = 0
  /** Why the last due receiver could not be served: a store may be readable but not writable. */
  let fault: string | undefined
  const closed = new AbortController()
  let cancel = (): void => {}
  let looking = Promise.resolve()

  async function tellings(webhooks: readonly StoredWebhook[], now: number): Promise<Telling[]> {
    const events = directory.shows().flatMap((name) =>
      eventsOf(
        directory.get(name).show,
        directory.polls(name).map(({ poll }) => poll),
        now,
      ).filter(({ at }) => at >= now - CATCH_UP_MS),
    )
    const moments = await momentsOf(webhooks, now)
    return webhooks.flatMap((webhook) =>
      [...events, ...moments.flatMap((of) => of(webhook))]
        .filter((event) => isFor(webhook, event))
        .map((event) => ({ key: keyOf(webhook, event), webhook, event })),
    )
  }

  /** The moments of each show with subscribed webhooks, for each webhook. Without subscribers nothing is read. */
  async function momentsOf(
    webhooks: readonly StoredWebhook[],
    now: number,
  ): Promise<((webhook: StoredWebhook) => ShowEvent[])[]> {
    const asking = webhooks.filter(({ events }) => MOMENTS.some((type) => events.includes(type)))
    if (asking.length === 0) return []
    const seen = seenAt(now)
    const shows = directory
      .shows()
      .map((name) => directory.get(name).show)
      .filter((show) => asking.some(({ show: only }) => only === undefined || only === show.show))
      // An ended show is checked once more, within the look-back time.
      .filter((show) => showStateOf(show, seen.from) !== 'ended' && showStateOf(show, now) !== 'scheduled')
    recent.keepOnly(new Set(shows.map(filedAs)))
    const found: ((webhook: StoredWebhook) => ShowEvent[])[] = []
    for (const show of shows) {
      const steps = await recent.read(filedAs(show), seen)
      const highlights = highlightEvents(show, steps, seen)
      found.push(({ threshold }) => [
        ...highlights,
        ...(threshold === undefined ? [] : thresholdEvents(show, steps, { threshold, seen })),
      ])
    }
    return found
  }

  async function record(webhooks: readonly StoredWebhook[], now: number): Promise<void> {
    const due = await tellings(webhooks, now)
    const fresh = due.filter(({ key }) => !recorded.has(key))
    if (fresh.length > 0) {
      const full = (await store.backlog()).filter(({ waiting }) => waiting >= WAITING_MAX)
      const added = fresh
        .filter(({ webhook }) => !full.some((each) => each.webhook === webhook.webhook))
        .slice(0, RECORDS_MAX)
      await store.record(
        added.map(({ key, webhook: { webhook }, event: { type, at, data } }) =>
          newDelivery({ key, webhook, event: type, at, data, due: now }),
        ),
        now - KEEP_MS,
      )
      for (const { key } of added) recorded.add(key)
    }
    const keys = new Set(due.map(({ key }) => key))
    recorded = new Set([...recorded].filter((key) => keys.has(key)))
  }

  /** Posts the due deliveries of one receiver, one after the other. */
  async function serve(webhook: StoredWebhook): Promise<void> {
    while (!closed.signal.aborted) {
      const now = clock.now()
      const delivery = await store.claim(webhook.webhook, { now, until: now + CLAIM_MS })
      if (delivery === undefined) return
      const { delivery: id, body } = delivery
      const headers = signedHeaders({ id, body, secret: webhook.secret, now })
      const error = await post({ url: webhook.url, headers, body }, closed.signal)
      const after = afterTry(delivery, error, { now: clock.now(), random: Math.random })
      await store.settle(after, delivery)
      if (after.state === 'dead')
        logger.warn({ webhook: webhook.webhook, delivery: id, error }, 'a webhook delivery failed for good')
    }
  }

  function begin(webhook: StoredWebhook): void {
    const served = serve(webhook)
      .then(
        () => {
          fault = undefined
        },
        (cause: Error) => {
          fault = cause.message
          health.waiting(fault)
        },
      )
      .finally(() => busy.delete(webhook.webhook))
    busy.set(webhook.webhook, served)
  }

  async function look(): Promise<void> {
    try {
      const webhooks = await store.all()
      if (webhooks.length > 0) await record(webhooks, clock.now())
      const backlog = await store.backlog()
      waiting = backlog.reduce((sum, each) => sum + each.waiting, 0)
      const due = new Set(backlog.filter(({ due }) => due <= clock.now()).map(({ webhook }) => webhook))
      const served = webhooks.filter(({ webhook }) => due.has(webhook))
      if (served.length === 0) fault = undefined
      for (const webhook of served) if (!busy.has(webhook.webhook)) begin(webhook)
      // A failing receiver is its owner's business, visible in the list of deliveries: nothing of this server is wrong.
      if (fault === undefined) health.working()
    } catch (cause) {
      // Whatever it is, shows and polls work without it: no reason to end the process.
      health.waiting((cause as Error).message)
    }
    if (!closed.signal.aborted) cancel = clock.after(LOOK_MS, next)
  }
  function next(): void {
    looking = look()
  }
  next()

  return {
    /** Undelivered deliveries, of all processes, as of the last check. */
    waiting: () => waiting,
    async close() {
      closed.abort()
      cancel()
      await looking
      await Promise.all(busy.values())
    },
  }
}

const isFor = ({ made, show, events }: StoredWebhook, event: ShowEvent): boolean =>
  event.at >= made && (show === undefined || show === event.show) && events.includes(event.type)

/** A rehearsal begins and ends in each of its runs. */
const keyOf = (
  { webhook }: StoredWebhook,
  { type, show, poll, moment, data: { run = 1 } }: ShowEvent,
): string =>
  [webhook, type, filedAs({ show, run }), poll, ...(moment === undefined ? [] : [moment])].join('\n')
