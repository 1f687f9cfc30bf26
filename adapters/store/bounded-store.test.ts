import { expect, test } from 'bun:test'
import { SQL } from 'bun'
import type { CountsState } from '../../protocol/counts.ts'
import { RoarError } from '../../protocol/errors.ts'
import { HANG_MS } from '../../test/hang.ts'
import { until } from '../../test/until.ts'
import { boundedStore } from './bounded-store.ts'
import type { Store } from './store.ts'

const CALL_MS = 20

/** Stores that answer as `answer` says, and how many were made and given up. */
function storesThat(answer: (store: number) => Promise<number>, callMs = CALL_MS) {
  const counts = { made: 0, closed: 0 }
  const connect = (): Store => {
    const store = ++counts.made
    const calls: Partial<Store> = {
      term: () => answer(store),
      polls: { all: async () => [await answer(store)] } as never,
      people: {} as never,
      webhooks: {} as never,
      close: async () => {
        counts.closed++
      },
    }
    return calls as Store
  }
  return { store: boundedStore(connect(), { callMs, connect }), counts }
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (cause) => (cause instanceof RoarError ? cause.code : cause),
  )

test('a call that is not answered ends with store_unavailable, and the next has a connection of its own', async () => {
  const { store, counts } = storesThat((made) =>
    made < 3 ? new Promise<number>(() => {}) : Promise.resolve(made),
  )
  expect(await codeOf(store.term())).toBe('store_unavailable')
  expect(await codeOf(store.polls.all())).toBe('store_unavailable')
  expect(await store.term()).toBe(3)
  await until(() => counts.closed === 2)
  expect(counts.made).toBe(3)
})

test('many calls that hang at once give up one connection', async () => {
  const { store, counts } = storesThat((made) =>
    made < 2 ? new Promise<number>(() => {}) : Promise.resolve(made),
  )
  await Promise.all(Array.from({ length: 8 }, () => codeOf(store.term())))
  await until(() => counts.closed === 1)
  expect(counts.made).toBe(2)
})

test('an outage has its code, and a mistake of ours stays what it is', async () => {
  const full = new SQL.PostgresError('disk full', {
    code: 'ERR_POSTGRES_SERVER_ERROR',
    errno: '53100',
  } as never)
  const mistake = new TypeError('no such thing')
  const failures = [full, mistake]
  const { store, counts } = storesThat(() => Promise.reject(failures.shift()))
  expect(await codeOf(store.term())).toBe('store_unavailable')
  expect(await codeOf(store.term())).toBe(mistake)
  await until(() => counts.closed === 1)
  expect(counts.made).toBe(2)
})

test('a deadlock leaves the connections as they are: the server undid one transaction, and nothing else', async () => {
  const deadlock = new SQL.PostgresError('deadlock detected', {
    code: 'ERR_POSTGRES_SERVER_ERROR',
    errno: '40P01',
  } as never)
  const { store, counts } = storesThat(() => Promise.reject(deadlock))
  expect(await codeOf(store.term())).toBe('store_unavailable')
  expect(await codeOf(store.term())).toBe('store_unavailable')
  expect(counts.made).toBe(1)
})

test('connections that failed one call are left once the other calls on them have ended', async () => {
  const { promise, resolve } = Promise.withResolvers<number>()
  const readOnly = new SQL.PostgresError('cannot execute in a read-only transaction', {
    code: 'ERR_POSTGRES_SERVER_ERROR',
    errno: '25006',
  } as never)
  const answers = [promise, Promise.reject(readOnly)]
  const { store, counts } = storesThat(
    (made) => (made === 1 ? answers.shift()! : Promise.resolve(made)),
    HANG_MS,
  )
  const slow = store.term()
  expect(await codeOf(store.term())).toBe('store_unavailable')
  expect(await store.term()).toBe(2)
  expect(counts).toEqual({ made: 2, closed: 0 })
  resolve(7)
  expect(await slow).toBe(7)
  await until(() => counts.closed === 1)
})

test('what an outage has left may take longer than a call: refused for that, it would be tried again for ever', async () => {
  const written = Promise.withResolvers<boolean>()
  const saveCounts = (_: string, { totals }: CountsState) =>
    totals.length > 1 ? written.promise : new Promise<boolean>(() => {})
  const store = boundedStore({ saveCounts, polls: {}, people: {}, webhooks: {} } as unknown as Store, {
    callMs: CALL_MS,
  })
  const rows = (length: number): CountsState => ({
    totals: Array.from({ length }, (_, i) => ({ segment: '', sticker: `t${i}`, count: 1 })),
    history: [],
    shifts: [],
    cells: [],
    cellsFrom: 0,
    moods: [],
  })
  const much = codeOf(store.saveCounts('final', rows(1_000_000), 1))
  // What a call may take has passed when this one ends.
  expect(await codeOf(store.saveCounts('final', rows(1), 1))).toBe('store_unavailable')
  written.resolve(true)
  expect(await much).toBe('done')
})
