import { randomUUID } from 'node:crypto'
import * as v from 'valibot'
import type { StoredWebhook } from '../../../adapters/store/webhooks.ts'
import { RoarError } from '../../../protocol/errors.ts'
import { THRESHOLD_S_MAX, type Threshold, WEBHOOK_EVENTS } from '../../../protocol/webhooks.ts'
import { answer, call, json } from '../../http/call/call.ts'
import { component, count, id, named, text, time, whole } from '../../http/call/schemas.ts'
import { placeFault } from '../address.ts'
import { checkManager, isManager, type WebhookContext } from '../context.ts'
import { newWebhookSecret } from '../sign.ts'

/** Webhooks of one installation, and so the most concurrent posts. */
const WEBHOOKS_MAX = 50
const URL_LENGTH_MAX = 2048

const ThresholdSchema = component<Threshold>()(
  'Threshold',
  v.strictObject({
    perSecond: v.pipe(whole(1, 1_000_000_000), v.description('Reactions of a show in a second')),
    forS: v.pipe(whole(1, THRESHOLD_S_MAX), v.description('Seconds on end with more than that')),
  }),
)
const FIELDS = {
  webhook: v.pipe(text, v.description('Its id')),
  url: text,
  events: v.pipe(v.array(v.picklist(WEBHOOK_EVENTS)), v.description('The events it receives')),
  show: v.exactOptional(v.pipe(text, v.description('Absent: events of every show'))),
  threshold: v.exactOptional(ThresholdSchema),
  made: time,
}
const WebhookSchema = named(
  'Webhook',
  v.object({ ...FIELDS, waiting: v.pipe(count, v.description('Deliveries that have not arrived yet')) }),
)
const NewWebhook = named(
  'NewWebhook',
  v.object({ ...FIELDS, secret: v.pipe(text, v.description('What deliveries are signed with, shown once')) }),
)
export const EXAMPLE_WEBHOOK = {
  webhook: '8e1f0b6a-3c2d-4f7e-9a51-1c2d3e4f5a6b',
  url: 'https://hooks.example/roar',
  events: ['poll.opened' as const, 'poll.sealed' as const],
  show: 'final',
  made: 1_795_349_712_000,
}

export const listWebhooks = call({
  id: 'listWebhooks',
  method: 'GET',
  path: '/v1/studio/webhooks',
  tag: 'Studio',
  summary: 'List webhooks, oldest first',
  description: 'Those that the caller may manage: of the shows that the caller is a producer of.',
  who: 'member',
  answers: { 200: answer('The webhooks', v.array(WebhookSchema), [{ ...EXAMPLE_WEBHOOK, waiting: 0 }]) },
  errors: ['store_unavailable'],
}).handle(async ({ store }: WebhookContext, { caller }) => {
  const webhooks = (await store.all()).filter(({ show }) => isManager(caller, show))
  const waiting = new Map((await store.backlog()).map((each) => [each.webhook, each.waiting]))
  const body = webhooks.map((webhook) => ({ ...viewOf(webhook), waiting: waiting.get(webhook.webhook) ?? 0 }))
  return { status: 200, body }
})

export const makeWebhook = call({
  id: 'makeWebhook',
  method: 'POST',
  path: '/v1/studio/webhooks',
  tag: 'Studio',
  summary: 'Make a webhook',
  description:
    'It then receives the events of a show, or of all shows, in the format of Standard Webhooks. Needs the role of a producer in that show, or in all.',
  who: 'member',
  body: json(
    v.strictObject({
      url: v.pipe(
        text,
        v.maxLength(URL_LENGTH_MAX, `is longer than ${URL_LENGTH_MAX} characters`),
        v.description('https, or http on this machine where webhooks-private allows it'),
      ),
      events: v.exactOptional(
        v.pipe(
          v.array(v.picklist(WEBHOOK_EVENTS)),
          v.minLength(1, 'is empty'),
          v.maxLength(WEBHOOK_EVENTS.length, 'has too many entries'),
        ),
      ),
      show: v.exactOptional(v.pipe(id, v.description('Default: every show'))),
      threshold: v.exactOptional(ThresholdSchema),
    }),
    { url: 'https://hooks.example/roar', events: ['poll.opened', 'poll.sealed'], show: 'final' },
  ),
  answers: {
    201: answer('The webhook', NewWebhook, {
      ...EXAMPLE_WEBHOOK,
      secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw0hG4uTRN3bE=',
    }),
  },
  errors: ['unknown_show', 'store_unavailable'],
}).handle(async (context: WebhookContext, { body, caller }) => {
  const { store, directory, clock, allowsPrivate } = context
  const { url, show, threshold } = body
  const all = WEBHOOK_EVENTS.filter((event) => event !== 'show.threshold' || threshold !== undefined)
  const { events = all } = body
  if (show !== undefined) directory.get(show)
  checkManager(caller, show)
  const fault = placeFault(url, { allowsPrivate })
  if (fault !== undefined) throw new RoarError('bad_request', `url: ${fault}`)
  if (events.includes('show.threshold') !== (threshold !== undefined))
    throw new RoarError(
      'bad_request',
      'threshold: must be set if events include show.threshold, and only then',
    )
  const webhook: StoredWebhook = {
    ...{ webhook: randomUUID(), url: new URL(url).href, secret: newWebhookSecret() },
    ...{ events: [...new Set(events)], made: clock.now(), ...(show !== undefined && { show }) },
    ...(threshold !== undefined && { threshold }),
  }
  const detail = noted(webhook)
  const entry = { at: webhook.made, who: caller.who, action: 'make-webhook', poll: '', detail }
  if (!(await store.add(webhook, { max: WEBHOOKS_MAX, entry })))
    throw new RoarError('bad_request', `there are already ${WEBHOOKS_MAX} webhooks`)
  return { status: 201, body: { ...viewOf(webhook), secret: webhook.secret } }
})

export const endWebhook = call({
  id: 'endWebhook',
  method: 'DELETE',
  path: '/v1/studio/webhooks/{webhook}',
  tag: 'Studio',
  summary: 'End a webhook',
  description: 'What waits for it is not delivered any more. Ending it again gets the same answer.',
  who: 'member',
  answers: {
    200: answer('It has ended', named('EndedWebhook', v.object({ webhook: text })), {
      webhook: EXAMPLE_WEBHOOK.webhook,
    }),
  },
  errors: ['store_unavailable'],
}).handle(async ({ store, clock }: WebhookContext, { params: { webhook: id }, caller }) => {
  const webhook = (await store.all()).find((each) => each.webhook === id)
  if (webhook !== undefined) checkManager(caller, webhook.show)
  // One that cannot be read is in no list, may be of any show, and is still there.
  if (webhook !== undefined || isManager(caller, undefined)) {
    const detail = webhook === undefined ? { webhook: id } : noted(webhook)
    await store.remove(id, { at: clock.now(), who: caller.who, action: 'end-webhook', poll: '', detail })
  }
  return { status: 200, body: { webhook: id } }
})

/** A URL's path may be a secret of the receiver's, and more people read the trail. */
const noted = (webhook: StoredWebhook) => ({ ...viewOf(webhook), url: URL.parse(webhook.url)?.origin ?? '' })

const viewOf = ({ secret: _, ...webhook }: StoredWebhook) => webhook
