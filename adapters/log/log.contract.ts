import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { RoarError } from '../../protocol/errors.ts'
import { HANG_MS } from '../../test/hang.ts'
import type { Log, LogReader, LogRecord, LogState, ReaderState, StoredRecord } from './log.ts'

/** What the contract suite needs: how to open a fresh log, and how to cause an outage if that is possible. */
export interface LogFixture {
  /**
   * Opens a log with empty topics, and a second client of it (another process's; embedded: the same one).
   * @param options.isPatient Whether an append may take as long as a busy machine needs. Default: yes.
   */
  open(options?: { isPatient?: boolean }): Promise<{ log: Log; peer: Log }>
  /** Makes the log's backend unreachable, and restores it with its records. Absent if that cannot happen. */
  outage?: { begin(): Promise<void>; end(): Promise<void> }
  close?(): Promise<void>
}

const bytes = new TextEncoder()
const text = new TextDecoder()
const record = (key: string | null, value: string): LogRecord => ({ key, value: bytes.encode(value) })

/** Collects what a reader handles, so that a test waits for a number of records instead of a time. */
class Collector {
  readonly records: StoredRecord[] = []
  #waiting: (() => void)[] = []

  handle = (batch: StoredRecord[]): void => {
    this.records.push(...batch)
    for (const wake of this.#waiting.splice(0)) wake()
  }

  get values(): string[] {
    return this.records.map(({ value }) => text.decode(value))
  }

  async count(count: number): Promise<void> {
    while (this.records.length < count) await new Promise<void>((wake) => this.#waiting.push(wake))
  }
}

/** More than a small in-memory log may hold; twice as many are written. */
const FULL_RECORDS = 500

const refusal = (append: Promise<unknown>): Promise<unknown> =>
  append.then(
    () => 'accepted',
    (error: unknown) => (error instanceof RoarError ? error.code : error),
  )

/** The promises of `log.ts`, for every log. */
export function logContract(name: string, start: () => Promise<LogFixture>): void {
  describe(`the log ${name}`, () => {
    let fixture: LogFixture
    beforeAll(async () => {
      fixture = await start()
    }, HANG_MS)
    afterAll(async () => {
      await fixture?.close?.()
    }, HANG_MS)

    const promise = (title: string, run: (logs: { log: Log; peer: Log }) => Promise<void>): void => {
      test(title, async () => {
        const logs = await fixture.open()
        try {
          await run(logs)
        } finally {
          await logs.peer.close()
          await logs.log.close()
        }
      })
    }

    promise(
      'a record brings the trace that it was appended with, and another brings none',
      async ({ log, peer }) => {
        const seen = new Collector()
        const reader = peer.consume('posts', seen.handle)
        await reader.ready
        const trace = { traceparent: `00-${'4b'.repeat(16)}-${'f0'.repeat(8)}-01`, tracestate: 'vendor=1' }
        await log.append('posts', [{ ...record('a', 'traced'), trace }, record('a', 'not')])
        await seen.count(2)
        expect(seen.records.map((found) => found.trace)).toEqual([trace, undefined])
        const [first] = seen.records
        const [again] = await log.read('posts', first!, 1)
        expect(again!.trace).toEqual(trace)
      },
    )

    promise('a record is read at the place its append returned', async ({ log, peer }) => {
      const seen = new Collector()
      const reader = peer.consume('posts', seen.handle)
      await reader.ready
      const sent = Array.from({ length: 50 }, (_, i) => record(i % 3 === 0 ? null : `k${i % 7}`, `v${i}`))
      const places = await log.append('posts', sent)
      expect(places).toHaveLength(sent.length)
      await seen.count(sent.length)
      for (const [i, { partition, offset, timestampMs }] of places.entries()) {
        const found = seen.records.find((r) => r.partition === partition && r.offset === offset)
        expect(found && text.decode(found.value)).toBe(`v${i}`)
        expect(found?.key).toBe(sent[i]!.key)
        expect(found?.timestampMs).toBe(timestampMs)
      }
    })

    promise('an empty append is nothing and resolves', async ({ log }) => {
      expect(await log.append('posts', [])).toEqual([])
    })

    promise(
      'an append of more than a log takes at once is in it whole, and in order',
      async ({ log, peer }) => {
        const seen = new Collector()
        const reader = peer.consume('posts', seen.handle)
        await reader.ready
        // Values that do not compress.
        const sent = Array.from({ length: 50 }, () => ({
          key: 'one',
          value: crypto.getRandomValues(new Uint8Array(60_000)),
        }))
        const places = await log.append('posts', sent)
        const offsets = places.map(({ offset }) => offset)
        expect(offsets).toEqual(offsets.toSorted((a, b) => a - b))
        expect(new Set(offsets).size).toBe(sent.length)
        await seen.count(sent.length)
        const hash = ({ value }: LogRecord) => Bun.hash(value)
        expect(seen.records.map(hash)).toEqual(sent.map(hash))
      },
    )

    promise(
      'what was appended is read again by its place, and the end is after the last',
      async ({ log, peer }) => {
        const sent = Array.from({ length: 30 }, (_, i) => record(`k${i}`, `v${i}`))
        const before = await peer.ends('ballots')
        const places = await log.append('ballots', sent)
        for (const [i, place] of places.entries()) {
          const [found] = await peer.read('ballots', place, 1)
          expect([found?.offset, found?.key, found && text.decode(found.value)]).toEqual([
            place.offset,
            `k${i}`,
            `v${i}`,
          ])
        }
        const ends = await peer.ends('ballots')
        expect(ends).toHaveLength(before.length)
        for (const [partition, end] of ends.entries()) {
          const here = places.filter((place) => place.partition === partition)
          const found: StoredRecord[] = []
          for (let offset = before[partition]!; offset < end; offset = found.at(-1)!.offset + 1) {
            found.push(...(await peer.read('ballots', { partition, offset }, 7)))
          }
          expect(found.map(({ offset }) => offset)).toEqual(here.map(({ offset }) => offset))
          expect(await peer.read('ballots', { partition, offset: end }, 7)).toEqual([])
          expect(await peer.read('ballots', { partition, offset: end + 1000 }, 7)).toEqual([])
        }
      },
    )

    promise('records of one key are read in the order of their appends', async ({ log, peer }) => {
      const seen = new Collector()
      peer.consume('ballots', seen.handle)
      const keys = ['ann', 'ben', 'cid', 'dan', 'eve']
      // Not awaited one by one: overlapping appends keep their order, too.
      await Promise.all(
        Array.from({ length: 200 }, (_, i) => log.append('ballots', [record(keys[i % 5]!, `${i}`)])),
      )
      await seen.count(200)
      for (const key of keys) {
        const order = seen.records.filter((r) => r.key === key).map((r) => Number(text.decode(r.value)))
        expect(order).toEqual(order.toSorted((a, b) => a - b))
        expect(order).toHaveLength(40)
      }
    })

    promise('timestamps never fall within a partition', async ({ log, peer }) => {
      const seen = new Collector()
      peer.consume('reactions', seen.handle)
      for (let i = 0; i < 20; i++)
        await log.append('reactions', [record(null, `${i}`), record(`k${i}`, `${i}`)])
      await seen.count(40)
      for (const partition of new Set(seen.records.map((r) => r.partition))) {
        const own = seen.records.filter((r) => r.partition === partition)
        for (let i = 1; i < own.length; i++) {
          expect(own[i]!.offset).toBeGreaterThan(own[i - 1]!.offset)
          expect(own[i]!.timestampMs).toBeGreaterThanOrEqual(own[i - 1]!.timestampMs)
        }
      }
    })

    promise('a reader without a group reads from the start, every time', async ({ log, peer }) => {
      await log.append('control', [record('a', '1'), record('b', '2')])
      for (let time = 0; time < 2; time++) {
        const seen = new Collector()
        const reader = peer.consume('control', seen.handle)
        await seen.count(2)
        expect(seen.values.toSorted()).toEqual(['1', '2'])
        await reader.close()
      }
    })

    promise('a reader from the end, once ready, sees what comes and nothing older', async ({ log, peer }) => {
      await log.append('posts', [record('a', 'old')])
      const seen = new Collector()
      const reader = peer.consume('posts', seen.handle, { from: 'end' })
      await reader.ready
      await log.append('posts', [record('a', 'new')])
      await seen.count(1)
      expect(seen.values).toEqual(['new'])
    })

    promise(
      'a reader from an offset sees what stands there and after it, and nothing older',
      async ({ log, peer }) => {
        await log.append(
          'posts',
          ['1', '2', '3'].map((value) => record('a', value)),
        )
        const seen = new Collector()
        peer.consume('posts', seen.handle, { from: 2 })
        await log.append('posts', [record('a', '4')])
        await seen.count(2)
        expect(seen.values).toEqual(['3', '4'])
      },
    )

    promise('topics are apart', async ({ log, peer }) => {
      const seen = new Collector()
      peer.consume('counts', seen.handle)
      await log.append('posts', [record('a', 'a post')])
      await log.append('counts', [record('a', 'a count')])
      await seen.count(1)
      expect(seen.values).toEqual(['a count'])
    })

    promise('a group goes on where it closed', async ({ log, peer }) => {
      const numbers = (from: number, to: number) =>
        Array.from({ length: to - from }, (_, i) => record(`k${i}`, `${from + i}`))
      await log.append('counts', numbers(0, 20))
      const first = new Collector()
      const reader = peer.consume('counts', first.handle, { group: 'deliver' })
      await first.count(20)
      await reader.close()
      await log.append('counts', numbers(20, 30))
      const second = new Collector()
      peer.consume('counts', second.handle, { group: 'deliver' })
      await second.count(10)
      expect(second.values.map(Number).toSorted((a, b) => a - b)).toEqual([
        20, 21, 22, 23, 24, 25, 26, 27, 28, 29,
      ])
      const other = new Collector()
      peer.consume('counts', other.handle, { group: 'history' })
      await other.count(30)
    })

    promise(
      'two readers of a group share the records, and one takes over from the other',
      async ({ log, peer }) => {
        const [a, b] = [new Collector(), new Collector()]
        const readerA = log.consume('counts', a.handle, { group: 'deliver' })
        await readerA.ready
        const readerB = peer.consume('counts', b.handle, { group: 'deliver' })
        await readerB.ready
        await log.append(
          'counts',
          Array.from({ length: 40 }, (_, i) => record(`k${i}`, `${i}`)),
        )
        const both = async (count: number) => {
          while (a.records.length + b.records.length < count)
            await Promise.race([a.count(a.records.length + 1), b.count(b.records.length + 1)])
        }
        await both(40)
        await readerA.close()
        const closedAt = a.records.length
        await log.append(
          'counts',
          Array.from({ length: 40 }, (_, i) => record(`k${i}`, `${40 + i}`)),
        )
        await both(80)
        expect(a.records).toHaveLength(closedAt)
        expect([...a.values, ...b.values].map(Number).toSorted((x, y) => x - y)).toEqual(
          Array.from({ length: 80 }, (_, i) => i),
        )
      },
    )

    promise(
      'readers of a group hear what is shared out to them, before its records, and together it is everything',
      async ({ log, peer }) => {
        const heard = { a: [] as (number | 'record')[], b: [] as (number | 'record')[] }
        let wake = () => {}
        const reader = (of: Log, name: 'a' | 'b') =>
          of.consume(
            'posts',
            (batch) => {
              for (const _ of batch) heard[name].push('record')
              wake()
            },
            {
              group: 'feed',
              onShare: (partitions) => {
                heard[name].push(partitions)
                wake()
              },
            },
          )
        const share = (name: 'a' | 'b') => heard[name].findLast((each) => each !== 'record') as number
        const until = async (condition: () => boolean) => {
          while (!condition()) await new Promise<void>((resolve) => (wake = resolve))
        }
        await log.append('posts', [record('k', 'v')])
        const a = reader(log, 'a')
        await a.ready
        const all = share('a')
        expect(all).toBeGreaterThan(0)
        await until(() => heard.a.includes('record'))
        expect(heard.a[0]).not.toBe('record')
        const b = reader(peer, 'b')
        await b.ready
        await until(() => share('a') + share('b') === all)
        await a.close()
        await until(() => share('b') === all)
      },
    )

    promise(
      'no record is once for two readers of a group, though its partitions go to another while a batch is in hand, and none is left out',
      async ({ log, peer }) => {
        const sent = Array.from({ length: 30 }, (_, i) => record(`k${i}`, `${i}`))
        await log.append('posts', sent)
        const [a, b] = [new Collector(), new Collector()]
        const inHand = Promise.withResolvers<void>()
        const gate = Promise.withResolvers<void>()
        const readerA = log.consume(
          'posts',
          async () => {
            inHand.resolve()
            await gate.promise
          },
          { group: 'deliver', once: a.handle },
        )
        await inHand.promise
        // Embedded logs have a single partition, and a newcomer gets none.
        const shared = Promise.withResolvers<number>()
        peer.consume('posts', () => {}, { group: 'deliver', once: b.handle, onShare: shared.resolve })
        if ((await shared.promise) > 0) {
          // Meanwhile the other one reads, in partitions of both.
          const more = Array.from({ length: 30 }, (_, i) => record(`k${i}`, `${30 + i}`))
          await log.append('posts', more)
          sent.push(...more)
          await b.count(1)
        }
        gate.resolve()
        while (a.records.length + b.records.length < sent.length)
          await Promise.race([a.count(a.records.length + 1), b.count(b.records.length + 1)])
        await readerA.close()
        expect([...a.values, ...b.values].map(Number).toSorted((x, y) => x - y)).toEqual(
          sent.map((_, i) => i),
        )
      },
    )

    promise(
      'a reader that comes takes nothing from a group that has one partition',
      async ({ log, peer }) => {
        const shares: number[][] = []
        const reader = async (of: Log) => {
          const heard: number[] = []
          shares.push(heard)
          await of.consume('counts', () => {}, { group: 'deliver', onShare: (n) => void heard.push(n) }).ready
        }
        await reader(log)
        for (const of of [peer, log, peer]) await reader(of)
        expect(shares.map((heard) => [...new Set(heard)])).toEqual([[1], [0], [0], [0]])
      },
    )

    promise(
      'a share that cannot be taken now is reported again, and its records come after it',
      async ({ log, peer }) => {
        await log.append('counts', [record('a', 'untouched')])
        const seen = new Collector()
        const states: string[] = []
        let refusals = 2
        const reader = peer.consume('counts', seen.handle, {
          group: 'deliver',
          onShare: () => {
            expect(seen.values).toEqual([])
            if (refusals-- > 0) throw new RoarError('store_unavailable', 'no answer')
          },
          onState: ({ state }) => states.push(state),
        })
        await reader.ready
        await seen.count(1)
        expect(states.filter((state, i) => state !== states[i - 1])).toEqual(['waiting', 'reading'])
      },
    )

    promise('a share that is refused for good stops the reader and says why', async ({ log, peer }) => {
      const fault = Promise.withResolvers<unknown>()
      await log.append('counts', [record('a', 'untouched')])
      const seen = new Collector()
      const refuse = () => Promise.reject(new Error('no desk'))
      const reader = peer.consume('counts', seen.handle, {
        group: 'deliver',
        onShare: refuse,
        onState: (next) => next.state === 'stopped' && fault.resolve(next.cause),
      })
      expect(await fault.promise).toEqual(new Error('no desk'))
      await reader.close()
      peer.consume('counts', seen.handle, { group: 'deliver' })
      await seen.count(1)
      expect(seen.values).toEqual(['untouched'])
    })

    promise(
      'a reader that goes back reads again from there, and its group goes on after it',
      async ({ log, peer }) => {
        const [, second] = await log.append(
          'counts',
          ['1', '2', '3'].map((value) => record('a', value)),
        )
        const seen = new Collector()
        const reader = peer.consume('counts', seen.handle, { group: 'deliver' })
        await seen.count(3)
        await reader.caughtUp()
        expect(reader.goBack(second!.offset + 2)).toBeUndefined()
        expect(reader.goBack(second!.offset)).toBe(second!.offset + 2)
        await reader.caughtUp()
        expect(seen.values).toEqual(['1', '2', '3', '2', '3'])
        expect(reader.topicId).not.toBe('')
        await reader.close()
        const next = peer.consume('counts', seen.handle, { group: 'deliver' })
        await next.ready
        await log.append('counts', [record('a', '4')])
        await seen.count(6)
        expect(seen.values.slice(5)).toEqual(['4'])
      },
    )

    promise(
      'a batch in hand when its reader goes back comes in its order, refused or not',
      async ({ log, peer }) => {
        for (const ends of ['refused', 'handled'] as const) {
          const group = `deliver-${ends}`
          const seen = new Collector()
          const [first] = await log.append('counts', [record('a', `${ends} 1`), record('a', `${ends} 2`)])
          let goesBack = false
          const reader: LogReader = peer.consume(
            'counts',
            (batch) => {
              seen.handle(batch)
              if (!goesBack) return
              goesBack = false
              expect(reader.goBack(first!.offset)).toBe(first!.offset + 2)
              if (ends === 'refused') throw new RoarError('store_unavailable', 'it has lost some')
            },
            { group },
          )
          while (seen.values.at(-1) !== `${ends} 2`) await seen.count(seen.records.length + 1)
          await reader.caughtUp()
          const before = seen.records.length
          goesBack = true
          await log.append('counts', [record('a', `${ends} 3`)])
          await seen.count(before + 4)
          expect(seen.values.slice(before)).toEqual([3, 1, 2, 3].map((n) => `${ends} ${n}`))
          await reader.close()
        }
      },
    )

    promise('batches are handled one at a time', async ({ log, peer }) => {
      let busy = 0
      let overlapped = false
      const seen = new Collector()
      peer.consume('posts', async (batch) => {
        overlapped ||= busy > 0
        busy++
        await new Promise((next) => setImmediate(next))
        busy--
        seen.handle(batch)
      })
      for (let i = 0; i < 20; i++) await log.append('posts', [record(`k${i}`, `${i}`)])
      await seen.count(20)
      expect(overlapped).toBe(false)
    })

    promise(
      'asked again after a fault: the same batch comes until it is handled, and nothing passes it',
      async ({ log, peer }) => {
        const states: ReaderState[] = []
        const batches: StoredRecord[][] = []
        const seen = new Collector()
        const reader = peer.consume(
          'counts',
          (batch) => {
            batches.push(batch)
            if (batches.length <= 3) throw new RoarError('store_unavailable', 'the store does not answer')
            seen.handle(batch)
          },
          { group: 'deliver', onState: (state) => states.push(state) },
        )
        await reader.ready
        await log.append('counts', [record('a', 'first')])
        await log.append('counts', [record('a', 'second')])
        await seen.count(2)
        expect(seen.values).toEqual(['first', 'second'])
        expect(new Set(batches.slice(0, 4))).toEqual(new Set([batches[0]!]))
        // The same reason three times is one state.
        expect(states.filter(({ state }) => state === 'waiting')).toMatchObject([
          { cause: new RoarError('store_unavailable', 'the store does not answer') },
        ])
        while (states.at(-1)!.state !== 'reading') await new Promise((next) => setImmediate(next))
      },
    )

    promise(
      'a place is remembered after its batch is handled, whatever becomes of the tries',
      async ({ log, peer }) => {
        await log.append('counts', [record('a', 'not stored')])
        const tried = Promise.withResolvers<void>()
        const reader = log.consume(
          'counts',
          () => {
            tried.resolve()
            throw new RoarError('store_unavailable', 'the store does not answer')
          },
          { group: 'deliver' },
        )
        await tried.promise
        // An embedded log retries until its limit, and reports what is lost.
        await reader.close().catch((cause) => expect(cause).toMatchObject({ code: 'log_unavailable' }))
        const seen = new Collector()
        peer.consume('counts', seen.handle, { group: 'deliver' })
        await seen.count(1)
        expect(seen.values).toEqual(['not stored'])
      },
    )

    promise(
      'a batch that is refused for good stops its reader, which says why, and is read again',
      async ({ log, peer }) => {
        await log.append('counts', [record('a', 'poison')])
        const fault = Promise.withResolvers<unknown>()
        let handled = 0
        const reader = peer.consume(
          'counts',
          async () => {
            handled++
            throw new Error('no room')
          },
          { group: 'deliver', onState: (next) => next.state === 'stopped' && fault.resolve(next.cause) },
        )
        expect(await fault.promise).toEqual(new Error('no room'))
        await log.append('counts', [record('a', 'after')])
        await reader.close()
        expect(handled).toBe(1)
        const seen = new Collector()
        peer.consume('counts', seen.handle, { group: 'deliver' })
        await seen.count(2)
        expect(seen.values).toEqual(['poison', 'after'])
      },
    )

    promise('a full target slows and loses nothing', async ({ log, peer }) => {
      const gate = Promise.withResolvers<void>()
      const seen = new Collector()
      peer.consume('counts', async (batch) => {
        await gate.promise
        seen.handle(batch)
      })
      const copied = new Collector()
      const waits = Promise.withResolvers<void>()
      log.consume(
        'reactions',
        async (batch) => {
          await log.append(
            'counts',
            batch.flatMap(({ key, value }) => [
              { key: key!, value },
              { key: key!, value },
            ]),
          )
          copied.handle(batch)
        },
        { group: 'aggregate', onState: ({ state }) => state === 'waiting' && waits.resolve() },
      )
      const sent = Array.from({ length: FULL_RECORDS }, (_, i) => record('k', `${i}`))
      for (let i = 0; i < sent.length; i += 50) {
        const part = sent.slice(i, i + 50)
        // Writers are slowed down, too: a refused append is retried, as everywhere.
        while ((await refusal(log.append('reactions', part))) === 'log_unavailable') {
          gate.resolve()
          await new Promise((next) => setImmediate(next))
        }
      }
      await Promise.race([waits.promise, copied.count(FULL_RECORDS)])
      gate.resolve()
      await seen.count(2 * FULL_RECORDS)
      expect(seen.values).toEqual(sent.flatMap(({ value }) => [text.decode(value), text.decode(value)]))
    })

    promise('a reader has caught up once all that was there is handled', async ({ log, peer }) => {
      await log.append('control', [record('a', '1'), record('b', '2')])
      const seen = new Collector()
      const reader = peer.consume('control', async (batch) => {
        await new Promise((next) => setImmediate(next))
        seen.handle(batch)
      })
      await reader.caughtUp()
      expect(seen.values).toEqual(['1', '2'])
      await reader.caughtUp()
    })

    promise('closing a reader lets its batch finish and remembers it', async ({ log, peer }) => {
      await log.append('counts', [record('a', 'slow')])
      const begun = Promise.withResolvers<void>()
      const gate = Promise.withResolvers<void>()
      let finished = false
      const reader = peer.consume(
        'counts',
        async () => {
          begun.resolve()
          await gate.promise
          finished = true
        },
        { group: 'deliver' },
      )
      await begun.promise
      const closed = reader.close()
      gate.resolve()
      await closed
      expect(finished).toBe(true)
      await log.append('counts', [record('a', 'next')])
      const seen = new Collector()
      peer.consume('counts', seen.handle, { group: 'deliver' })
      await seen.count(1)
      expect(seen.values).toEqual(['next'])
    })

    promise('a closed reader handles nothing more, and closing twice is harmless', async ({ log, peer }) => {
      const seen = new Collector()
      const reader = peer.consume('posts', seen.handle)
      await log.append('posts', [record('a', 'before')])
      await seen.count(1)
      await reader.close()
      await reader.close()
      const other = new Collector()
      peer.consume('posts', other.handle)
      await log.append('posts', [record('a', 'after')])
      await other.count(2)
      expect(seen.values).toEqual(['before'])
    })

    promise('closing the log settles the appends under way and closes its readers', async ({ log, peer }) => {
      const seen = new Collector()
      log.consume('posts', seen.handle)
      const appends = Array.from({ length: 20 }, (_, i) => log.append('posts', [record('a', `${i}`)]))
      await log.close()
      const settled = await Promise.allSettled(appends)
      expect(settled.map(({ status }) => status)).toEqual(settled.map(() => 'fulfilled'))
      const handled = seen.records.length
      expect(await refusal(log.append('posts', [record('a', 'late')]))).toBe('log_unavailable')
      if (peer !== log) {
        const other = new Collector()
        peer.consume('posts', other.handle)
        await other.count(20)
        expect(other.values).toEqual(Array.from({ length: 20 }, (_, i) => `${i}`))
      }
      expect(seen.records).toHaveLength(handled)
    })

    promise('a fresh log is up', async ({ log }) => {
      expect(log.state()).toBe('up')
    })

    test('away: appends are refused in bounded time, the state changes once each way, readers go on by themselves', async () => {
      if (!fixture.outage) return
      const { log, peer } = await fixture.open({ isPatient: false })
      try {
        const states: LogState[] = []
        let woken = () => {}
        const off = log.onState((state) => {
          states.push(state)
          woken()
        })
        const seen = new Collector()
        const reader = peer.consume('reactions', seen.handle)
        await reader.ready
        await log.append('reactions', [record('a', 'before')])
        await seen.count(1)

        await fixture.outage.begin()
        expect(await refusal(log.append('reactions', [record('a', 'during')]))).toBe('log_unavailable')
        expect(log.state()).toBe('down')
        // Down means immediately: a thousand appends do not queue up behind a timeout.
        const refusals = await Promise.all(
          Array.from({ length: 1000 }, () => refusal(log.append('reactions', [record('a', 'during')]))),
        )
        expect(new Set(refusals)).toEqual(new Set(['log_unavailable']))
        expect(states).toEqual(['down'])

        await fixture.outage.end()
        while (log.state() === 'down') await new Promise<void>((wake) => (woken = wake))
        expect(states).toEqual(['down', 'up'])
        await log.append('reactions', [record('a', 'after')])
        while (!seen.values.includes('after')) await seen.count(seen.records.length + 1)
        expect(seen.values[0]).toBe('before')
        expect(seen.values.at(-1)).toBe('after')
        // A refused one may still be in the log, once; those refused immediately never are.
        expect(seen.values.filter((value) => value === 'during').length).toBeLessThanOrEqual(1)
        off()
      } finally {
        await peer.close()
        await log.close()
      }
    })
  })
}
