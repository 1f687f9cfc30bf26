import type { Logger } from 'pino'
import type { Clock } from '../../adapters/clock/clock.ts'
import type { Log } from '../../adapters/log/log.ts'
import { HeldPosts } from '../../engine/shows/held-posts.ts'
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

/** The posts that moderators see first, of every show, as the log tells it: after a restart they wait as before. */
export class HeldQueue {
  readonly #options: HeldQueueOptions
  /** By what their shows are filed as. */
  readonly #shows = new Map<string, HeldPosts>()
  readonly #reader: RecordReader

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
  }

  #take(record: HeldRecord): void {
    const known = this.#shows.get(record.show) ?? new HeldPosts()
    this.#shows.set(record.show, known)
    known.take(record)
  }

  /** Resolves when all that the log holds now is known. */
  caughtUp(): Promise<void> {
    return this.#reader.caughtUp()
  }

  /** @param show As it is filed. */
  of(show: string): HeldPosts {
    return this.#shows.get(show) ?? new HeldPosts()
  }

  /**
   * Writes what becomes of a post. One that is released goes the way of every post from here, at this time; where the second
   * write fails it may be released again, and is shown once all the same. What is decided so already is not written again.
   * @throws RoarError log_unavailable
   */
  async decide(record: HeldRecord, decided: 'released' | 'removed'): Promise<void> {
    if (record.decided === decided) return
    const { log, clock } = this.#options
    const { entry: _, decided: __, ...post } = record
    if (decided === 'released') await log.append('posts', [posts.encode({ ...post, at: clock.now() })])
    await log.append('held', [held.encode({ ...record, decided })])
    // Whoever asks next need not wait until it is read.
    this.#take({ ...record, decided })
  }

  close(): Promise<void> {
    return this.#reader.close()
  }
}
