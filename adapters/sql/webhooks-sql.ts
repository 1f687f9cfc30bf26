import type { SQL } from 'bun'
import type { DeliveryState } from '../../protocol/webhooks.ts'
import type { StoredDelivery, WebhookStore } from '../store/webhooks.ts'
import { documentOr, documentsIn, type OnUnreadable } from './document.ts'
import { DELIVERIES, WEBHOOKS } from './tables.ts'
import { note, noteOnce, takeTurn } from './trail-sql.ts'

interface DeliveryRow {
  delivery_id: string
  document: string
  state: DeliveryState
  tries: number
  due_at: number
}

export const WEBHOOK_TABLES = [
  'CREATE TABLE webhooks (webhook_id TEXT PRIMARY KEY, show_id TEXT NOT NULL, document TEXT NOT NULL, made_at BIGINT NOT NULL)',
  `CREATE TABLE webhook_deliveries (delivery_id TEXT PRIMARY KEY, webhook_id TEXT NOT NULL, document TEXT NOT NULL,
    happened_at BIGINT NOT NULL, state TEXT NOT NULL, tries BIGINT NOT NULL, due_at BIGINT NOT NULL)`,
  'CREATE INDEX webhook_deliveries_due ON webhook_deliveries (state, webhook_id, due_at)',
  'CREATE INDEX webhook_deliveries_newest ON webhook_deliveries (webhook_id, happened_at)',
]

export const sqlWebhookStore = (sql: SQL, onUnreadable: OnUnreadable): WebhookStore => ({
  async all() {
    const rows: { webhook_id: string; document: string }[] =
      await sql`SELECT webhook_id, document FROM webhooks ORDER BY made_at, webhook_id`
    return documentsIn(rows, WEBHOOKS, { keyOf: ({ webhook_id }) => [webhook_id], onUnreadable })
  },
  add: (webhook, { max, entry }) =>
    sql.begin(async (transaction) => {
      // Before counting: the second of two counts what the first has added.
      await takeTurn(transaction, '')
      const there: unknown[] = await transaction`SELECT 1 FROM webhooks WHERE webhook_id = ${webhook.webhook}`
      if (there.length > 0) return true
      const [row]: { n: number }[] = await transaction`SELECT COUNT(*) AS n FROM webhooks`
      if (Number(row!.n) >= max) return false
      const { webhook: id, show = '', made } = webhook
      const added = { webhook_id: id, show_id: show, document: JSON.stringify(webhook), made_at: made }
      await transaction`INSERT INTO webhooks ${transaction(added)}`
      await note(transaction, { show, entry, onUnreadable })
      return true
    }),
  remove: (webhook, entry) =>
    sql.begin(async (transaction) => {
      const [removed]: { show_id: string }[] =
        await transaction`DELETE FROM webhooks WHERE webhook_id = ${webhook} RETURNING show_id`
      if (removed === undefined) return false
      await transaction`DELETE FROM webhook_deliveries WHERE webhook_id = ${webhook}`
      await note(transaction, { show: removed.show_id, entry, onUnreadable })
      return true
    }),
  async backlog() {
    const rows: { webhook: string; waiting: number; due: number }[] =
      await sql`SELECT webhook_id AS webhook, COUNT(*) AS waiting, MIN(due_at) AS due FROM webhook_deliveries
        WHERE state = 'waiting' GROUP BY webhook_id`
    return rows.map(({ webhook, waiting, due }) => ({ webhook, waiting: Number(waiting), due: Number(due) }))
  },
  record: (deliveries, keptFrom) =>
    sql.begin(async (transaction) => {
      await transaction`DELETE FROM webhook_deliveries WHERE happened_at < ${keptFrom}`
      for (const delivery of deliveries) {
        const { delivery: id, webhook, at, state, tries, due } = delivery
        await transaction`INSERT INTO webhook_deliveries
            (delivery_id, webhook_id, document, happened_at, state, tries, due_at)
          SELECT ${id}, webhook_id, ${JSON.stringify(delivery)}, ${at}, ${state}, ${tries}, ${due}
          FROM webhooks WHERE webhook_id = ${webhook} ON CONFLICT (delivery_id) DO NOTHING`
      }
    }),
  async claim(webhook, { now, until }) {
    for (;;) {
      // Of two concurrent claims the second finds the row changed and its condition false: it gets nothing.
      const [row]: DeliveryRow[] = await sql`UPDATE webhook_deliveries SET due_at = ${until}
        WHERE state = 'waiting' AND due_at <= ${now} AND delivery_id = (SELECT delivery_id FROM webhook_deliveries
          WHERE state = 'waiting' AND webhook_id = ${webhook} AND due_at <= ${now}
          ORDER BY due_at, happened_at LIMIT 1)
        RETURNING delivery_id, document, state, tries, due_at`
      if (row === undefined) return undefined
      const delivery = deliveryIn(row, onUnreadable)
      if (delivery !== undefined) return delivery
      // It cannot be sent, now or later.
      await sql`UPDATE webhook_deliveries SET state = 'dead' WHERE delivery_id = ${row.delivery_id}`
    }
  },
  async settle(delivery, claimed) {
    const { delivery: id, state, tries, due } = delivery
    const row = { document: JSON.stringify(delivery), state, tries, due_at: due }
    await sql`UPDATE webhook_deliveries SET ${sql(row)} WHERE delivery_id = ${id} AND state <> 'delivered'
      AND (due_at = ${claimed.due} OR ${state} = 'delivered')`
  },
  async deliveries(webhook, limit, state) {
    const rows: DeliveryRow[] =
      await sql`SELECT delivery_id, document, state, tries, due_at FROM webhook_deliveries
      WHERE webhook_id = ${webhook} AND ${state ?? ''} IN ('', state) ORDER BY happened_at DESC, delivery_id LIMIT ${limit}`
    return rows.flatMap((row) => deliveryIn(row, onUnreadable) ?? [])
  },
  retry: (webhook, delivery, { now, entry }) =>
    sql.begin(async (transaction) => {
      const [row]: DeliveryRow[] =
        await transaction`UPDATE webhook_deliveries SET state = 'waiting', tries = 0, due_at = ${now}
          WHERE delivery_id = ${delivery} AND webhook_id = ${webhook} RETURNING delivery_id, document, state, tries, due_at`
      const restarted = row && deliveryIn(row, onUnreadable)
      if (restarted === undefined) return undefined
      const [of]: { show_id: string }[] =
        await transaction`SELECT show_id FROM webhooks WHERE webhook_id = ${webhook}`
      await noteOnce(transaction, { show: of?.show_id ?? '', entry, onUnreadable })
      return restarted
    }),
})

function deliveryIn(
  { delivery_id, document, state, tries, due_at }: DeliveryRow,
  onUnreadable: OnUnreadable,
): StoredDelivery | undefined {
  const delivery = documentOr(document, DELIVERIES, { key: [delivery_id], onUnreadable })
  return delivery && { ...delivery, state, tries: Number(tries), due: Number(due_at) }
}
