import { Worker } from 'node:worker_threads'

/**
 * What the thread does: text, so that a build needs no file beside it. Its connection lives for one copy: one that stayed open would
 * keep the WAL when the store is closed.
 */
const THREAD = `
import { Database } from 'bun:sqlite'
import { parentPort } from 'node:worker_threads'
parentPort.on('message', (filename) => {
  const db = new Database(filename, { readwrite: true, create: false })
  try {
    // Until it has read something a connection knows of no WAL, and copies nothing.
    db.query('SELECT name FROM sqlite_master').all()
    db.run('PRAGMA wal_checkpoint(PASSIVE)')
  } finally {
    db.close()
  }
  parentPort.postMessage('copied')
})`

/**
 * Copies a file's WAL into it in a thread of its own, which waits for the disk while the event loop turns. Whoever writes much asks
 * for it before the WAL is so long (1000 pages) that SQLite does it within a commit. While it copies nobody else may write: then
 * it copies all, and the WAL begins anew.
 */
export class WalCopier {
  readonly #filename: string
  #thread: Worker | undefined
  /** Ends the copy in hand. */
  #done: (isCopied: boolean) => void = () => {}

  constructor(filename: string) {
    this.#filename = filename
  }

  /** One at a time. Resolves also where it could not copy: then a commit does. */
  async copy(): Promise<void> {
    this.#thread ??= this.#start()
    const copied = Promise.withResolvers<boolean>()
    this.#done = copied.resolve
    this.#thread.postMessage(this.#filename)
    if (!(await copied.promise)) this.close()
  }

  #start(): Worker {
    const thread = new Worker(THREAD, { eval: true })
    // One that was given up ends later, beside the copy of the next one.
    const ended = (isCopied: boolean) => {
      if (this.#thread === thread) this.#done(isCopied)
    }
    thread.on('message', () => ended(true))
    thread.on('error', () => ended(false))
    thread.on('exit', () => ended(false))
    // It keeps no process alive.
    thread.unref()
    return thread
  }

  close(): void {
    this.#done(false)
    void this.#thread?.terminate()
    this.#thread = undefined
  }
}
