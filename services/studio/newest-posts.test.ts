import { expect, test } from 'bun:test'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import type { Log } from '../../adapters/log/log.ts'
import { MemoryLog } from '../../adapters/memory/log-memory.ts'
import { type PostRecord, posts } from '../../protocol/records/posts.ts'
import { findPost } from './newest-posts.ts'

const NOW = 1_795_349_712_000
const clock = new ManualClock(NOW)
const post = (id: string, more: Partial<PostRecord> = {}) =>
  posts.encode({ show: 'final', id, viewer: 'v', name: 'Ann', at: NOW, ...more })

/** A log of these partitions, and how much of it was read. */
async function logOf(...partitions: ReturnType<typeof post>[][]) {
  const logs = partitions.map(() => new MemoryLog({ clock, recordsMax: 20_000 }))
  for (const [i, records] of partitions.entries()) await logs[i]!.append('posts', records)
  let read = 0
  const log: Pick<Log, 'read' | 'ends'> = {
    async read(topic, from, count) {
      const records = await logs[from.partition]!.read(topic, from, count)
      read += records.length
      return records
    },
    ends: async (topic) => (await Promise.all(logs.map((each) => each.ends(topic)))).flat(),
  }
  return { log, read: () => read }
}
const others = (count: number) => Array.from({ length: count }, (_, i) => post(`p${i}`, { show: 'other' }))

test('the newest of every partition is looked through before what is older in any', async () => {
  const { log, read } = await logOf(others(9_000), [...others(100), post('a')], others(9_000))
  expect(await findPost(log, 'final', 'a')).toMatchObject({ id: 'a', show: 'final' })
  expect(read()).toBeLessThan(5_000)
})

test('a post is found wherever it is, and not one of a room, of another show or of none', async () => {
  const rows = [post('old'), ...others(5_000), post('inside', { room: 'r', channel: 'c' })]
  const { log } = await logOf([], rows)
  expect(await findPost(log, 'final', 'old')).toMatchObject({ id: 'old' })
  for (const id of ['inside', 'p7', 'nowhere']) expect(await findPost(log, 'final', id)).toBeUndefined()
})
