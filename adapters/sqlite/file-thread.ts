import { type Transferable, Worker } from 'node:worker_threads'
import { within } from '../within.ts'

/** How long a thread may take to end; one whose disk hangs is abandoned. */
const CLOSE_MS = 5_000

/** What was asked may have been done. */
export class ThreadDied extends Error {}

/**
 * The event loop's side of the thread with a file's writing connection, so that only the thread waits for the disk. A thread that
 * died is restarted with the next question.
 */
export class FileThread<Asked, Answer> {
  readonly #code: string | URL
  readonly #options: unknown
  #thread: Worker | undefined
  #answer: PromiseWithResolvers<Answer> | undefined
  #isClosed = false

  /** @param code Its file, or the code itself. @param options Its `workerData`. */
  constructor(code: string | URL, options: unknown) {
    this.#code = code
    this.#options = options
  }

  /** Started early, so that the first question does not wait for it. */
  start(): void {
    this.#thread ??= this.#started()
  }

  /**
   * One question at a time. @param moved What the thread gets without a copy.
   * @throws ThreadDied if it died meanwhile, or is closed
   */
  async ask(asked: Asked, moved: readonly Transferable[] = []): Promise<Answer> {
    if (this.#isClosed) throw new ThreadDied('the file is closed')
    this.start()
    const answer = Promise.withResolvers<Answer>()
    this.#answer = answer
    this.#thread!.ref()
    this.#thread!.postMessage(asked, moved)
    try {
      return await answer.promise
    } finally {
      this.#thread?.unref()
    }
  }

  #started(): Worker {
    const thread = new Worker(this.#code, { eval: typeof this.#code === 'string', workerData: this.#options })
    const died = (fault: string) => {
      if (this.#thread !== thread) return
      this.#thread = undefined
      this.#answer?.reject(new ThreadDied(fault))
    }
    // Not within the message event, during which no other would be delivered: the receiver may turn the event loop, as tests do.
    thread.on('message', (answer: Answer) =>
      setImmediate(() => {
        if (this.#thread === thread) this.#answer?.resolve(answer)
      }),
    )
    thread.on('error', (cause) => died((cause as Error).message))
    thread.on('exit', (code) => died(`the writer thread exited with code ${code}`))
    // The thread alone keeps no process alive; pending writes do.
    thread.unref()
    return thread
  }

  /** Closes the file. Nothing is being written, or nobody waits for it any more. */
  async close(): Promise<void> {
    this.#isClosed = true
    const thread = this.#thread
    if (thread === undefined) return
    this.#thread = undefined
    const ended = new Promise<void>((resolve) => thread.on('exit', () => resolve()))
    thread.ref()
    thread.postMessage('close')
    await within(CLOSE_MS, ended).catch(() => thread.unref())
  }
}
