import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createTopics, crucialDifferences, withAdmin } from '../../adapters/kafka/admin.ts'
import type { ConsumeOptions, Log, LogReader, LogState, Place } from '../../adapters/log/log.ts'
import { type Kafka, startKafka } from '../../deploy/programs/kafka.ts'
import { RoarError } from '../../protocol/errors.ts'
import { HANG_MS } from '../hang.ts'
import { needs } from '../needs.ts'
import { until } from '../until.ts'
import { patientLog } from './patient-log.ts'

const bytes = new TextEncoder()
const text = new TextDecoder()
/** Longer than a broker on a busy machine takes to answer, or slow appends would be refused. */
const APPEND_TIMEOUT_MS = 3000
/** Those that these tests use: each partition costs the broker work when it is made, and again after each kill. */
const TOPICS = ['ballots', 'counts', 'posts'] as const

describe.skipIf(!(needs('java') && needs('mvn')))('Kafka in trouble', () => {
  let kafka: Kafka
  let prefixes = 0
  beforeAll(async () => {
    kafka = await startKafka()
  }, HANG_MS)
  afterAll(async () => {
    await kafka?.close()
  }, HANG_MS)

  async function open(): Promise<{ log: Log; another: () => Promise<Log> }> {
    const address = { brokers: [kafka.address], topicPrefix: `test${prefixes++}-` }
    await withAdmin(address, (admin) =>
      createTopics(admin, address, { partitions: 3, replication: 1, topics: TOPICS }),
    )
    const another = () => patientLog({ ...address, appendTimeoutMs: APPEND_TIMEOUT_MS })
    return { log: await another(), another }
  }

  const stateOf = (log: Log, wanted: LogState): Promise<void> =>
    new Promise((reached) => {
      if (log.state() === wanted) return reached()
      const off = log.onState((state) => {
        if (state !== wanted) return
        off()
        reached()
      })
    })

  test('a broker that hangs with its sockets open is down after the time an append may take, and up when it goes on', async () => {
    const { log } = await open()
    const states: LogState[] = []
    log.onState((state) => states.push(state))
    await log.append('posts', [{ key: 'a', value: bytes.encode('before') }])
    kafka.broker.freeze()
    const refusals = await Promise.allSettled(
      Array.from({ length: 100 }, (_, i) => log.append('posts', [{ key: 'a', value: bytes.encode(`${i}`) }])),
    )
    expect(refusals.map((result) => result.status === 'rejected' && result.reason.code)).toEqual(
      refusals.map(() => 'log_unavailable'),
    )
    expect(log.state()).toBe('down')
    kafka.broker.thaw()
    await stateOf(log, 'up')
    await log.append('posts', [{ key: 'a', value: bytes.encode('after') }])
    expect(states).toEqual(['down', 'up'])
    await log.close()
  })

  test('an append that is under way when a reader finds the broker gone is refused', async () => {
    const { log } = await open()
    const reader = log.consume('posts', () => {})
    await reader.ready
    await log.append('posts', [{ key: 'a', value: bytes.encode('before') }])
    await kafka.broker.kill()
    const refusal = await log
      .append('posts', [{ key: 'a', value: bytes.encode('x') }])
      .catch((error) => error.code)
    expect(refusal).toBe('log_unavailable')
    await kafka.broker.start()
    await stateOf(log, 'up')
    await log.close()
  })

  test('what waits for a broker that hangs is bounded in bytes, and refused at once above that', async () => {
    const { log } = await open()
    const small = await patientLog({
      brokers: [kafka.address],
      topicPrefix: `test${prefixes - 1}-`,
      appendTimeoutMs: 60_000,
      queueBytesMax: 10_000,
    })
    await small.append('posts', [{ key: null, value: new Uint8Array(1) }])
    kafka.broker.freeze()
    const results: string[] = []
    const appends = Array.from({ length: 30 }, () =>
      small.append('posts', [{ key: null, value: new Uint8Array(1000) }]).then(
        () => results.push('accepted'),
        (error: RoarError) => results.push(error.code),
      ),
    )
    await Bun.sleep(0)
    expect(results.length).toBeGreaterThan(15)
    expect(new Set(results)).toEqual(new Set(['log_unavailable']))
    // Full is not down: queued appends are sent when the broker resumes.
    expect(small.state()).toBe('up')
    const refused = results.length
    kafka.broker.thaw()
    await Promise.all(appends)
    expect(results.slice(refused)).toEqual(Array.from({ length: 30 - refused }, () => 'accepted'))
    await small.close()
    await log.close()
  })

  test('through a kill -9 of the broker under load, what was confirmed is read, in order, and only what was refused twice', async () => {
    const { log, another } = await open()
    const readers = await another()
    const seen: number[] = []
    const refused = new Set<number>()
    let wake = (): void => {}
    readers.consume(
      'ballots',
      (batch) => {
        seen.push(...batch.map(({ value }) => Number(text.decode(value))))
        wake()
      },
      { group: 'aggregate' },
    )
    let confirmed = 0
    let last = Infinity
    const woken = async (condition: () => boolean): Promise<void> => {
      while (!condition()) await new Promise<void>((next) => (wake = next))
    }
    const sending = (async () => {
      for (let number = 0; number <= last; number++) {
        for (;;) {
          try {
            await log.append('ballots', [{ key: 'one viewer', value: bytes.encode(`${number}`) }])
            confirmed++
            wake()
            break
          } catch (error) {
            if (!(error instanceof RoarError && error.retryable)) throw error
            refused.add(number)
            await stateOf(log, 'up')
          }
        }
      }
    })()
    await woken(() => confirmed > 500)
    await kafka.broker.kill()
    await kafka.broker.start()
    last = confirmed + 500
    await sending
    await woken(() => seen.includes(last))
    expect(new Set(seen).size).toBe(last + 1)
    const firsts = seen.filter((number, i) => seen.indexOf(number) === i)
    expect(firsts).toEqual(firsts.toSorted((a, b) => a - b))
    // A reader whose offset was not committed when the broker died reads its last batch again; in the log itself only refused
    // appends may be there twice.
    const held: number[] = []
    const auditor = log.consume('ballots', (batch) => {
      held.push(...batch.map(({ value }) => Number(text.decode(value))))
      wake()
    })
    await woken(() => held.includes(last))
    expect(held.filter((number, i) => held.indexOf(number) !== i && !refused.has(number))).toEqual([])
    await auditor.close()
    await readers.close()
    await log.close()
  })

  test.concurrent('readers of a group that come and go under load leave no record unread', async () => {
    const { log, another } = await open()
    const seen = new Set<number>()
    let wake = (): void => {}
    const handle = async (batch: { value: Uint8Array }[]): Promise<void> => {
      await new Promise((next) => setImmediate(next))
      for (const { value } of batch) seen.add(Number(text.decode(value)))
      wake()
    }
    const peers = [await another(), await another(), await another()]
    const join = (peer: Log): LogReader => peer.consume('counts', handle, { group: 'deliver' })
    let appended = 0
    let stop = false
    const sending = (async () => {
      while (!stop) {
        const record = (i: number) => ({ key: `k${appended + i}`, value: bytes.encode(`${appended + i}`) })
        await log.append(
          'counts',
          Array.from({ length: 20 }, (_, i) => record(i)),
        )
        appended += 20
      }
    })()
    const first = join(peers[0]!)
    await first.ready
    const second = join(peers[1]!)
    await second.ready
    await first.close()
    const third = join(peers[2]!)
    await third.ready
    await second.close()
    stop = true
    await sending
    while (seen.size < appended) await new Promise<void>((next) => (wake = next))
    expect(seen.size).toBe(appended)
    await Promise.all([...peers, log].map((each) => each.close()))
  })

  test.concurrent('a topic that is deleted and made anew is read from its beginning, by whoever had read the one before', async () => {
    const address = { brokers: [kafka.address], topicPrefix: `test${prefixes++}-` }
    const make = () =>
      withAdmin(address, (admin) =>
        createTopics(admin, address, { partitions: 1, replication: 1, topics: TOPICS }),
      )
    await make()
    const log = await patientLog({ ...address, appendTimeoutMs: APPEND_TIMEOUT_MS })
    const append = (records: string[]) => {
      const values = records.map((record) => ({ key: 'k', value: bytes.encode(record) }))
      return until(() => log.append('posts', values).catch((cause: RoarError) => cause), Array.isArray)
    }
    const isThere = Promise.withResolvers<void>()
    const readers = [{ group: 'deliver' }, {}, { from: 'end' as const }].map((options) => {
      const read: string[] = []
      const handle = (batch: { value: Uint8Array }[]) => {
        read.push(...batch.map(({ value }) => text.decode(value)))
        // Keeps it busy with the last record while the topic is deleted and recreated.
        return read.at(-1) === 'e' ? isThere.promise : undefined
      }
      const readTo = (last: string) =>
        until(
          () => read,
          () => read.at(-1) === last,
        )
      return { reader: log.consume('posts', handle, options), readTo }
    })
    await Promise.all(readers.map(({ reader }) => reader.ready))
    const before = ['a', 'b', 'c', 'd', 'e']
    await append(before)
    for (const { readTo } of readers) expect(await readTo('e')).toEqual(before)
    const name = `${address.topicPrefix}posts`
    await withAdmin(address, (admin) => admin.deleteTopics({ topics: [name] }))
    // The controller answers before the broker asked next knows of the topic, and what is listed already is not created.
    await until(make, (created) => created.includes(name))
    const after = ['v', 'w', 'x', 'y', 'z', 'last']
    await append(after.slice(0, 3))
    await append(after.slice(3))
    isThere.resolve()
    for (const { readTo } of readers) {
      const read = await readTo('last')
      expect([...new Set(read)]).toEqual([...before, ...after])
    }
    for (const { reader } of readers) await reader.close()
    await log.close()
  })

  /**
   * A topic `posts` of one partition, and readers of it with these options, with what each has read and which losses were
   * reported to it.
   */
  async function onePartition() {
    const address = { brokers: [kafka.address], topicPrefix: `test${prefixes++}-` }
    await withAdmin(address, (admin) =>
      createTopics(admin, address, { partitions: 1, replication: 1, topics: TOPICS }),
    )
    const another = () => patientLog({ ...address, appendTimeoutMs: APPEND_TIMEOUT_MS })
    const log = await another()
    return {
      ...{ address, log, another, topic: `${address.topicPrefix}posts` },
      append: (...values: string[]) =>
        until(
          () =>
            log
              .append(
                'posts',
                values.map((value) => ({ key: value, value: bytes.encode(value) })),
              )
              .catch((cause: RoarError) => cause),
          Array.isArray,
        ) as Promise<Place[]>,
      read(by: Log, options: ConsumeOptions, handled: () => Promise<void> = async () => {}) {
        const values: string[] = []
        const losses: string[] = []
        const reader = by.consume(
          'posts',
          (batch) => {
            values.push(...batch.map(({ value }) => text.decode(value)))
            return handled()
          },
          { ...options, onLoss: (what) => losses.push(what) },
        )
        return { values, losses, reader }
      },
    }
  }

  test.concurrent('partitions that a topic gets while it is read are read from their beginning, by groups and by everybody else', async () => {
    const { address, log, another, topic, append, read } = await onePartition()
    const peer = await another()
    const members = [log, peer].map((by) => read(by, { group: 'deliver' }))
    const alone = [{}, { from: 'end' as const }].map((options) => read(log, options))
    await Promise.all([...members, ...alone].map(({ reader }) => reader.ready))
    await append('before')
    await withAdmin(address, (admin) =>
      admin.createPartitions({ topics: [{ name: topic, count: 4, assignments: null }] }),
    )
    const sent = ['before']
    // Appending finds the change of partitions within seconds.
    for (let places: Place[] = []; places.every(({ partition }) => partition === 0); ) {
      const more = Array.from({ length: 20 }, (_, i) => `${sent.length + i}`)
      sent.push(...more)
      places = await append(...more)
    }
    for (const readers of [members, ...alone.map((one) => [one])]) {
      const all = await until(
        () => new Set(readers.flatMap(({ values }) => values)),
        ({ size }) => size === sent.length,
      )
      expect(all).toEqual(new Set(sent))
    }
    await peer.close()
    await log.close()
  })

  test.concurrent('a topic whose order matters stays in its first partition when it gets more, and one of a group has it', async () => {
    const { address, log, another } = await onePartition()
    const peer = await another()
    const read: string[] = []
    const shares = [0, 0]
    const members = [log, peer].map((by, i) =>
      by.consume('counts', (batch) => void read.push(...batch.map(({ value }) => text.decode(value))), {
        group: 'deliver',
        onShare: (partitions) => void shares.splice(i, 1, partitions),
      }),
    )
    await Promise.all(members.map(({ ready }) => ready))
    await withAdmin(address, (admin) =>
      admin.createPartitions({
        topics: [{ name: `${address.topicPrefix}counts`, count: 2, assignments: null }],
      }),
    )
    // What comes later knows both partitions.
    const late = await another()
    const values = Array.from({ length: 40 }, (_, i) => `${i}`)
    for (const value of values) {
      const records = [{ key: value, value: bytes.encode(value) }]
      const [place] = (await until(
        () => late.append('counts', records).catch((cause: RoarError) => cause),
        Array.isArray,
      )) as Place[]
      expect(place!.partition).toBe(0)
    }
    const joined = late.consume('counts', () => {}, {
      group: 'deliver',
      onShare: (partitions) => void shares.splice(2, 1, partitions),
    })
    await joined.ready
    await until(() => shares.toSorted().join() === '0,0,1')
    await until(() => read.length === values.length)
    expect(read).toEqual(values)
    const differences = await withAdmin(address, (admin) => crucialDifferences(admin, address))
    expect(differences).toContainEqual({
      ...{ topic: `${address.topicPrefix}counts`, setting: 'partitions' },
      ...{ wanted: '1', found: '2' },
    })
    for (const each of [late, peer, log]) await each.close()
  })

  test.concurrent('records that were removed before a group had read them are said by their places, and what is left is read', async () => {
    const { address, log, topic, append, read } = await onePartition()
    const first = read(log, { group: 'deliver' })
    await append('a', 'b', 'c')
    await until(() => first.values.length === 3)
    await first.reader.close()
    await append('d', 'e', 'f', 'g', 'h')
    await withAdmin(address, (admin) =>
      admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition: 0, offset: 6n }] }] }),
    )
    const next = read(log, { group: 'deliver' })
    await until(() => next.values.length === 2)
    expect(next.values).toEqual(['g', 'h'])
    expect(next.losses).toEqual(['records 3 to 5 of partition 0 were removed before they were read'])
    const fromTheStart = read(log, {})
    await until(() => fromTheStart.values.length === 2)
    expect(fromTheStart.losses).toEqual([])
    await log.close()
  })

  test('where Kafka lost its newest records, what is written in their places is read by whoever had read those, and said; where nobody of a group ran, its next reader knows by what was committed', async () => {
    const before = ['a', 'b', 'c', 'd', 'e', 'f']
    const after = ['u', 'v', 'w', 'x', 'y', 'z']
    const lost = ['partition 0 lost what was written after 4, and was read to 6: it is read again from 4']
    const running = await onePartition()
    const later = Promise.withResolvers<void>()
    let isLost = false
    const readers = [{ group: 'deliver' }, {}].map((options) =>
      running.read(running.log, options, () => (isLost ? later.promise : Promise.resolve())),
    )
    for (const value of before.slice(0, -1)) await running.append(value)
    for (const { values } of readers) await until(() => values.length === before.length - 1)
    // Keeps them busy with the last record while it is lost and others come.
    isLost = true
    await running.append('f')
    for (const { values } of readers) await until(() => values.length === before.length)

    const absent = await onePartition()
    for (const value of before) await absent.append(value)
    for (const [group, once] of [
      ['deliver', undefined],
      ['aggregate', () => {}],
    ] as const) {
      const first = absent.read(absent.log, { group, once })
      await until(() => first.values.length === before.length)
      await first.reader.close()
    }

    await kafka.broker.kill()
    for (const { topic } of [running, absent]) await kafka.lose(topic, 4)
    await kafka.broker.start()
    for (const { append } of [running, absent]) for (const value of after) await append(value)
    later.resolve()
    for (const { values, losses } of readers) {
      await until(() => values.includes('z'))
      expect([...new Set(values)]).toEqual([...before, ...after])
      expect(losses).toEqual(lost)
    }
    for (const group of ['deliver', 'aggregate']) {
      const { values, losses } = absent.read(absent.log, { group })
      await until(() => values.includes('z'))
      expect(values).toEqual(after)
      expect(losses).toEqual(lost)
    }
    for (const { log } of [running, absent]) await log.close()
  })

  test('a question that fails takes no other one with it', async () => {
    const { log } = await open()
    await log.append('posts', [{ key: 'a', value: bytes.encode('a') }])
    let isOver = false
    const asking = Array.from({ length: 8 }, async () => {
      while (!isOver) {
        await log.ends('posts')
        await log.read('posts', { partition: 0, offset: 0 }, 1)
      }
    })
    // No Kafka has a topic of this name.
    const failing = Array.from({ length: 20 }, () => log.ends('a topic' as never).catch(({ code }) => code))
    expect(new Set(await Promise.all(failing))).toEqual(new Set(['log_unavailable']))
    isOver = true
    await Promise.all(asking)
    await log.close()
  })

  test('a Kafka that comes back as another cluster, without records and groups, is read from its beginning by whoever had read the one before', async () => {
    const { log, address, append, read } = await onePartition()
    const readers = [{ group: 'deliver' }, {}].map((options) => read(log, options))
    await append('a', 'b', 'c')
    for (const { values } of readers) await until(() => values.length === 3)
    await kafka.broker.stop()
    await kafka.formatAnew()
    await stateOf(log, 'down')
    await kafka.broker.start()
    await withAdmin(address, (admin) =>
      createTopics(admin, address, { partitions: 1, replication: 1, topics: TOPICS }),
    )
    await stateOf(log, 'up')
    await append('u', 'v')
    for (const { values } of readers) {
      await until(() => values.includes('v'))
      expect([...new Set(values)]).toEqual(['a', 'b', 'c', 'u', 'v'])
    }
    await log.close()
  })

  test('a topic that is missing is said by its name, and the log is up once it is there', async () => {
    const address = { brokers: [kafka.address], topicPrefix: `test${prefixes++}-` }
    const log = await patientLog({ ...address, appendTimeoutMs: APPEND_TIMEOUT_MS })
    const refusal = await log
      .append('posts', [{ key: null, value: bytes.encode('x') }])
      .catch((error: RoarError) => error)
    expect((refusal as RoarError).code).toBe('log_unavailable')
    expect((refusal as RoarError).message).toContain(`topic ${address.topicPrefix}posts`)
    await withAdmin(address, (admin) =>
      createTopics(admin, address, { partitions: 1, replication: 1, topics: TOPICS }),
    )
    await stateOf(log, 'up')
    await log.append('posts', [{ key: null, value: bytes.encode('x') }])
    await log.close()
  })
})
