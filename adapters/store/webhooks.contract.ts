import { expect } from 'bun:test'
import type { Store } from './store.ts'
import type { StoredDelivery, StoredWebhook } from './webhooks.ts'

const NOW = 1_795_349_712_000
const receiver = (webhook: string, given: Partial<StoredWebhook> = {}): StoredWebhook => ({
  ...{ webhook, url: `https://${webhook}.example/`, secret: 'whsec_c2VjcmV0', events: ['poll.opened'] },
  made: NOW,
  ...given,
})
const delivery = (id: string, given: Partial<StoredDelivery> = {}): StoredDelivery => ({
  ...{ delivery: id, webhook: 'one', event: 'poll.opened', state: 'waiting', at: NOW, tries: 0, due: NOW },
  body: `{"type":"poll.opened"}`,
  ...given,
})
const entry = (action: string) => ({ at: NOW, who: 'olga', action, poll: '' })
const add = (store: Store, webhook: StoredWebhook, max = 9) =>
  store.webhooks.add(webhook, { max, entry: entry('make-webhook') })
const soon = { now: NOW, until: NOW + 60_000 }

type Promised = (
  title: string,
  run: (stores: { store: Store; reopen(): Promise<Store> }) => Promise<void>,
) => void

/** The promises of `webhooks.ts`. */
export function webhooksContract(promise: Promised): void {
  promise(
    'webhooks are there through a restart, up to their bound, until they are removed',
    async (stores) => {
      const { store, reopen } = stores
      expect(await add(store, receiver('one', { show: 'final' }))).toBe(true)
      expect(await add(store, receiver('two'), 2)).toBe(true)
      expect(await add(store, receiver('three'), 2)).toBe(false)
      await store.webhooks.record([delivery('a')], 0)
      const { webhooks, polls } = await reopen()
      expect((await webhooks.all()).map(({ webhook }) => webhook).toSorted()).toEqual(['one', 'two'])
      expect((await webhooks.all()).find(({ webhook }) => webhook === 'two')).toEqual(receiver('two'))
      expect(await webhooks.deliveries('one', 9)).toEqual([delivery('a')])
      expect(await webhooks.remove('one', entry('end-webhook'))).toBe(true)
      expect(await webhooks.remove('one', entry('lost'))).toBe(false)
      expect(await webhooks.deliveries('one', 9)).toEqual([])
      await webhooks.record([delivery('late')], 0)
      expect(await webhooks.backlog()).toEqual([])
      const trail = await polls.trail('final', { limit: 9 })
      expect(trail.map(({ action }) => action)).toEqual(['end-webhook', 'make-webhook'])
    },
  )

  promise(
    'a delivery that is recorded again changes nothing, and old ones are deleted',
    async ({ store }) => {
      const { webhooks } = store
      await add(store, receiver('one'))
      await webhooks.record([delivery('a'), delivery('old', { at: NOW - 10 })], 0)
      await webhooks.settle(delivery('a', { state: 'delivered', tries: 1 }), delivery('a'))
      await webhooks.record([delivery('a')], NOW)
      expect(await webhooks.deliveries('one', 9)).toEqual([delivery('a', { state: 'delivered', tries: 1 })])
    },
  )

  promise('of two who claim at once one gets a delivery, and another after its time', async ({ store }) => {
    const { webhooks } = store
    await add(store, receiver('one'))
    await webhooks.record([delivery('a')], 0)
    const both = await Promise.all([webhooks.claim('one', soon), webhooks.claim('one', soon)])
    expect(both.filter((claimed) => claimed !== undefined)).toEqual([delivery('a', { due: NOW + 60_000 })])
    expect(await webhooks.backlog()).toEqual([{ webhook: 'one', waiting: 1, due: NOW + 60_000 }])
    const later = { now: NOW + 60_000, until: NOW + 120_000 }
    expect(await webhooks.claim('one', later)).toMatchObject({ delivery: 'a' })
    expect(await webhooks.claim('two', later)).toBeUndefined()
  })

  promise('of many who claim at once no two get the same delivery', async ({ store }) => {
    const { webhooks } = store
    await add(store, receiver('one'))
    const some = ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => delivery(id))
    await webhooks.record(some, 0)
    const claims = Array.from({ length: 24 }, () => webhooks.claim('one', soon))
    const ids = (await Promise.all(claims)).flatMap((claimed) => claimed?.delivery ?? [])
    expect(ids.length).toBeGreaterThan(0)
    expect(new Set(ids).size).toBe(ids.length)
  })

  promise('what is due for longest is claimed first, and the newest is listed first', async ({ store }) => {
    const { webhooks } = store
    await add(store, receiver('one'))
    await webhooks.record([delivery('b', { at: NOW + 1, due: NOW }), delivery('a', { due: NOW - 1 })], 0)
    expect(await webhooks.claim('one', soon)).toMatchObject({ delivery: 'a' })
    expect(await webhooks.claim('one', soon)).toMatchObject({ delivery: 'b' })
    expect(await webhooks.claim('one', soon)).toBeUndefined()
    expect((await webhooks.deliveries('one', 1)).map(({ delivery }) => delivery)).toEqual(['b'])
  })

  promise(
    'a try that fails after somebody has asked for a new one, or claimed it, does not take that away',
    async ({ store }) => {
      const { webhooks } = store
      await add(store, receiver('one'))
      await webhooks.record([delivery('a')], 0)
      const slow = (await webhooks.claim('one', soon))!
      await webhooks.retry('one', 'a', { now: NOW + 5, entry: entry('retry-delivery') })
      await webhooks.settle({ ...slow, state: 'dead', tries: 14 }, slow)
      expect(await webhooks.backlog()).toEqual([{ webhook: 'one', waiting: 1, due: NOW + 5 }])
      const later = (await webhooks.claim('one', { now: NOW + 5, until: NOW + 70_000 }))!
      await webhooks.settle({ ...slow, tries: 14, due: NOW + 9 }, slow)
      expect(await webhooks.deliveries('one', 9)).toEqual([later])
      await webhooks.settle({ ...slow, state: 'delivered', tries: 14 }, slow)
      expect(await webhooks.deliveries('one', 9, 'delivered')).toHaveLength(1)
    },
  )

  promise(
    'a dead delivery is tried again from its first try on, and a late failure undoes no success',
    async (stores) => {
      const { store } = stores
      const { webhooks } = store
      await add(store, receiver('one'))
      await webhooks.record([delivery('a')], 0)
      const dead = delivery('a', { state: 'dead', tries: 14, error: 'it answers 500' })
      await webhooks.settle(dead, delivery('a'))
      expect(await webhooks.backlog()).toEqual([])
      expect(await webhooks.deliveries('one', 9, 'dead')).toHaveLength(1)
      expect(await webhooks.deliveries('one', 9, 'waiting')).toEqual([])
      const again = { now: NOW + 5, entry: entry('retry-delivery') }
      expect(await webhooks.retry('two', 'a', again)).toBeUndefined()
      expect(await webhooks.retry('one', 'none', again)).toBeUndefined()
      expect(await webhooks.retry('one', 'a', again)).toMatchObject({
        state: 'waiting',
        tries: 0,
        due: NOW + 5,
      })
      const claimed = (await webhooks.claim('one', { now: NOW + 5, until: NOW + 60_000 }))!
      await webhooks.settle(delivery('a', { state: 'delivered', tries: 1 }), claimed)
      await webhooks.settle(delivery('a', { tries: 2, error: 'it answers 500' }), claimed)
      expect(await webhooks.deliveries('one', 9)).toEqual([delivery('a', { state: 'delivered', tries: 1 })])
      expect((await store.polls.trail('', { limit: 1 }))[0]!.action).toBe('retry-delivery')
    },
  )
}
