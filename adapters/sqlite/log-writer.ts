import { Worker } from 'node:worker_threads'
import { within } from '../within.ts'
import type { Group } from './log-group.ts'
import type { ThreadOptions } from './log-thread.ts'
import { THREAD_CODE } from './log-thread-code.ts'

/** How long a thread that was told to end may take for it: one whose disk hangs is left behind. */
const CLOSE_MS = 5_000

/**
 * The thread that has the file's writing connection, as the event loop sees it. One that died is started
 * anew with the next group.
 */
export class LogWriter {
  readonly #options: ThreadOptions
  #thread: Worker | undefined
  #answer: (fault: string | null) => void = () => {}

  constructor(options: ThreadOptions) {
    this.#options = options
    // Before there is anything to write: whoever votes first does not wait for it.
    this.#thread = this.#start()
  }

  /**
   * One group at a time. Resolves when it is committed.
   * @throws Error when it is not; where the thread died it may be all the same
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
    // Not within the message, during which there would be no other: whoever hears of it may turn the event loop, as a test does.
    thread.on('message', (fault: string | null) =>
      setImmediate(() => {
        if (this.#thread === thread) this.#answer(fault)
      }),
    )
    thread.on('error', (cause) => died((cause as Error).message))
    thread.on('exit', (code) => died(`the writer thread exited with code ${code}`))
    // Alone it keeps no process alive; what it has to write does.
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
