import type { AuditEntry } from '../../protocol/trail.ts'
import type { Backlog, StoredDelivery, StoredWebhook, WebhookStore } from '../store/webhooks.ts'

/** Lasts as long as the process: for tests and demonstrations. @param note Appends to a show's trail. */
export function memoryWebhookStore(note: (show: string, entry: AuditEntry) => Promise<void>): WebhookStore {
  const webhooks = new Map<string, StoredWebhook>()
  const deliveries = new Map<string, StoredDelivery>()
  const of = (webhook: string) => [...deliveries.values()].filter((each) => each.webhook === webhook)
  const showOf = (webhook: string) => webhooks.get(webhook)?.show ?? ''

  return {
    all: async () => structuredClone([...webhooks.values()]),
    async add(webhook, { max, entry }) {
      if (webhooks.has(webhook.webhook)) return true
      if (webhooks.size >= max) return false
      webhooks.set(webhook.webhook, structuredClone(webhook))
      await note(showOf(webhook.webhook), entry)
      return true
    },
    async remove(webhook, entry) {
      const show = showOf(webhook)
      if (!webhooks.delete(webhook)) return false
      for (const { delivery } of of(webhook)) deliveries.delete(delivery)
      await note(show, entry)
      return true
    },
    async backlog() {
      const waiting = new Map<string, Backlog>()
      for (const { webhook, state, due } of deliveries.values()) {
        if (state !== 'waiting') continue
        const before = waiting.get(webhook) ?? { webhook, waiting: 0, due }
        waiting.set(webhook, {
          webhook,
          waiting: before.waiting + 1,
          due: Math.min(before.due, due),
        })
      }
      return [...waiting.values()]
    },
    async record(added, keptFrom) {
      for (const { delivery, at } of deliveries.values()) if (at < keptFrom) deliveries.delete(delivery)
      for (const each of added)
        if (webhooks.has(each.webhook) && !deliveries.has(each.delivery))
          deliveries.set(each.delivery, structuredClone(each))
    },
    async claim(webhook, { now, until }) {
      const [first] = of(webhook)
        .filter(({ state, due }) => state === 'waiting' && due <= now)
        .sort((a, b) => a.due - b.due || a.at - b.at)
      if (first === undefined) return undefined
      first.due = until
      return structuredClone(first)
    },
    async settle(delivery, claimed) {
      const known = deliveries.get(delivery.delivery)
      if (known === undefined || known.state === 'delivered') return
      if (known.due === claimed.due || delivery.state === 'delivered')
        deliveries.set(delivery.delivery, structuredClone(delivery))
    },
    deliveries: async (webhook, limit, state) =>
      structuredClone(
        of(webhook)
          .filter((each) => state === undefined || each.state === state)
          .sort((a, b) => b.at - a.at)
          .slice(0, limit),
      ),
    async retry(webhook, id, { now, entry }) {
      const known = of(webhook).find(({ delivery }) => delivery === id)
      if (known === undefined) return undefined
      const again = { ...known, state: 'waiting' as const, tries: 0, due: now }
      deliveries.set(id, again)
      await note(showOf(webhook), entry)
      return structuredClone(again)
    },
  }
}
