import { Worker } from 'node:worker_threads'

/**
 * The thread's code, as text, so that a build needs no extra file. Its connection lives for one checkpoint: an open one would
 * keep the WAL when the store is closed.
 */
const THREAD = `
import { Database } from 'bun:sqlite'
import { parentPort } from 'node:worker_threads'
parentPort.on('message', (filename) => {
  const db = new Database(filename, { readwrite: true, create: false })
  try {
    // Before its first read a connection knows of no WAL, and copies nothing.
    db.query('SELECT name FROM sqlite_master').all()
    db.run('PRAGMA wal_checkpoint(PASSIVE)')
  } finally {
    db.close()
  }
  parentPort.postMessage('copied')
})`

/**
 * Checkpoints a file's WAL in a thread, so that the event loop does not wait for the disk. A heavy writer calls it before the WAL
 * is so long (1000 pages) that SQLite does it within a commit. Nobody may write meanwhile: then everything is copied, and the WAL
 * restarts.
 */
export class WalCopier {
  readonly #filename: string
  #thread: Worker | undefined
  /** Ends the checkpoint in progress. */
  #done: (isCopied: boolean) => void = () => {}

  constructor(filename: string) {
    this.#filename = filename
  }

  /** One at a time. Resolves even if it failed: then a commit does it. */
  async copy(): Promise<void> {
    this.#thread ??= this.#start()
    const copied = Promise.withResolvers<boolean>()
    this.#done = copied.resolve
    this.#thread.postMessage(this.#filename)
    if (!(await copied.promise)) this.close()
  }

  #start(): Worker {
    const thread = new Worker(THREAD, { eval: true })
    // An abandoned thread ends later, beside the next one's checkpoint.
    const ended = (isCopied: boolean) => {
      if (this.#thread === thread) this.#done(isCopied)
    }
    thread.on('message', () => ended(true))
    thread.on('error', () => ended(false))
    thread.on('exit', () => ended(false))
    // It does not keep the process alive.
    thread.unref()
    return thread
  }

  close(): void {
    this.#done(false)
    void this.#thread?.terminate()
    this.#thread = undefined
  }
}
