import type { Log, StoredRecord } from '../../adapters/log/log.ts'
import { type PostRecord, posts } from '../../protocol/records/posts.ts'

/** Records of `posts` that are searched, over all partitions: some seconds of the largest flood, hours of a show. */
const SEARCHED_MAX = 100_000
const AT_ONCE = 2_000

/**
 * Finds a post of a show's feed in the log, searching from the newest of every partition. Undefined: it does not exist, belongs
 * to a room, or is older than `SEARCHED_MAX` posts.
 * @param show Its filed name. @throws RoarError log_unavailable
 */
export async function findPost(
  log: Pick<Log, 'read' | 'ends'>,
  show: string,
  id: string,
): Promise<PostRecord | undefined> {
  const ends = await log.ends('posts')
  const each = Math.ceil(SEARCHED_MAX / ends.length)
  for (let back = 0; back < each; back += AT_ONCE)
    for (const [partition, end] of ends.entries())
      for (const { value } of await between(log, partition, Math.max(0, end - back - AT_ONCE), end - back)) {
        const post = posts.decode(value)
        if (typeof post !== 'string' && post.id === id)
          return post.show === show && post.room === undefined ? post : undefined
      }
  return undefined
}

/** Records of one partition, between two offsets. */
async function between(
  log: Pick<Log, 'read'>,
  partition: number,
  from: number,
  until: number,
): Promise<StoredRecord[]> {
  const found: StoredRecord[] = []
  for (let offset = from; offset < until; ) {
    const batch = await log.read('posts', { partition, offset }, until - offset)
    if (batch.length === 0) break
    found.push(...batch)
    offset = batch.at(-1)!.offset + 1
  }
  return found.filter(({ offset }) => offset < until)
}
