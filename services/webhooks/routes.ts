import { routesOf } from '../http/call/handler.ts'
import type { Routes } from '../http/routes.ts'
import { listDeliveries, retryDelivery } from './calls/deliveries.ts'
import { testWebhook } from './calls/test-webhook.ts'
import { endWebhook, listWebhooks, makeWebhook } from './calls/webhooks.ts'
import type { WebhookContext } from './context.ts'

/** Calls about webhooks and their deliveries. */
export const WEBHOOK_CALLS = [
  listWebhooks,
  makeWebhook,
  endWebhook,
  listDeliveries,
  retryDelivery,
  testWebhook,
]

export const webhookRoutes = (context: WebhookContext): Routes => routesOf(WEBHOOK_CALLS, context)
