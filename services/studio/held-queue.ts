import type { Logger } from 'pino'
import type { Clock } from '../../adapters/clock/clock.ts'
import type { Log } from '../../adapters/log/log.ts'
import { HeldPosts } from '../../engine/shows/held-posts.ts'
import { RoarError } from '../../protocol/errors.ts'
import { type HeldRecord, held } from '../../protocol/records/held.ts'
import { posts } from '../../protocol/records/posts.ts'
import { type RecordReader, readRecords } from '../reader/reader.ts'
import type { Health } from '../supervision/supervisor.ts'

interface HeldQueueOptions {
  log: Log
  clock: Clock
  logger: Logger
  health: Health
}

/** The posts of every show that wait for a moderator, as the log records them: after a restart they still wait. */
export class HeldQueue {
  readonly #options: HeldQueueOptions
  /** By filed name of the show. */
  readonly #shows = new Map<string, HeldPosts>()
  readonly #reader: RecordReader
  /** Whether every record is read: until then some would be missing in every list. */
  #isWhole = false

  constructor(options: HeldQueueOptions) {
    const { log, logger, health } = options
    this.#options = options
    this.#reader = readRecords({
      log,
      codec: held,
      handle: (batch) => {
        for (const { value } of batch) this.#take(value)
      },
      health,
      logger,
    })
    this.#reader.caughtUp().then(
      () => (this.#isWhole = true),
      // The log was closed before.
      () => {},
    )
  }

  #take(record: HeldRecord): void {
    const known = this.#shows.get(record.show) ?? new HeldPosts()
    this.#shows.set(record.show, known)
    known.take(record)
  }

  /** Resolves when everything now in the log has been read. */
  caughtUp(): Promise<void> {
    return this.#reader.caughtUp()
  }

  /** @param show Its filed name. @throws RoarError log_unavailable */
  of(show: string): HeldPosts {
    if (!this.#isWhole) throw new RoarError('log_unavailable', 'the held posts are still being read')
    return this.#known(show)
  }

  /** One post, as far as it is read: also while others are not, so that whatever is on a screen can be removed. */
  find(show: string, post: string): HeldRecord | undefined {
    return this.#known(show).find(post)
  }

  #known = (show: string): HeldPosts => this.#shows.get(show) ?? new HeldPosts()

  /**
   * Writes a decision about a post. A released post is appended to `posts` now, at this time; if the second append fails it may
   * be released again, and is still shown once. A repeated decision is not written.
   * @throws RoarError log_unavailable
   */
  async decide(record: HeldRecord, decided: 'released' | 'removed'): Promise<void> {
    if (record.decided === decided) return
    const { log, clock } = this.#options
    const { entry: _, decided: __, ...post } = record
    if (decided === 'released') await log.append('posts', [posts.encode({ ...post, at: clock.now() })])
    await log.append('held', [held.encode({ ...record, decided })])
    // The next caller need not wait until it is read back.
    this.#take({ ...record, decided })
  }

  close(): Promise<void> {
    return this.#reader.close()
  }
}
