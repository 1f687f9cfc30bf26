import { Worker } from 'node:worker_threads'
import { within } from '../within.ts'
import type { Group } from './log-group.ts'
import type { ThreadOptions } from './log-thread.ts'
import { THREAD_CODE } from './log-thread-code.ts'

/** How long a thread may take to end; one whose disk hangs is abandoned. */
const CLOSE_MS = 5_000

/**
 * The event loop's side of the thread with the file's writing connection. A thread that died is restarted with the next group.
 */
export class LogWriter {
  readonly #options: ThreadOptions
  #thread: Worker | undefined
  #answer: (fault: string | null) => void = () => {}

  constructor(options: ThreadOptions) {
    this.#options = options
    // Started early, so that the first voter does not wait for it.
    this.#thread = this.#start()
  }

  /**
   * One group at a time. Resolves when it is committed.
   * @throws Error when it is not; if the thread died it may be
   */
  async commit(group: Group): Promise<void> {
    this.#thread ??= this.#start()
    const answered = Promise.withResolvers<string | null>()
    this.#answer = answered.resolve
    this.#thread.ref()
    this.#thread.postMessage(group, [group.rows])
    const fault = await answered.promise
    this.#thread?.unref()
    if (fault !== null) throw new Error(fault)
  }

  #start(): Worker {
    const thread = new Worker(THREAD_CODE, {
      eval: typeof THREAD_CODE === 'string',
      workerData: this.#options,
    })
    const died = (fault: string) => {
      if (this.#thread !== thread) return
      this.#thread = undefined
      this.#answer(fault)
    }
    // Not within the message event, during which no other would be delivered: the receiver may turn the event loop, as tests do.
    thread.on('message', (fault: string | null) =>
      setImmediate(() => {
        if (this.#thread === thread) this.#answer(fault)
      }),
    )
    thread.on('error', (cause) => died((cause as Error).message))
    thread.on('exit', (code) => died(`the writer thread exited with code ${code}`))
    // The thread alone keeps no process alive; pending writes do.
    thread.unref()
    return thread
  }

  /** Closes the file. Nothing is being committed, or nobody waits for it any more. */
  async close(): Promise<void> {
    const thread = this.#thread
    if (thread === undefined) return
    this.#thread = undefined
    const ended = new Promise<void>((resolve) => thread.on('exit', () => resolve()))
    thread.ref()
    thread.postMessage('close')
    await within(CLOSE_MS, ended).catch(() => thread.unref())
  }
}
