import { constants, fstatSync, openSync, writeSync } from 'node:fs'
import { canSendNow, sendNow } from '../services/edge/send-now.ts'

/** How many bytes may wait for a reader; lines beyond it are dropped. */
const WAITING_BYTES_MAX = 2 ** 20
/** How soon to try again. */
const AGAIN_MS = 100
/** How long the end of a process waits for its last lines to be read. */
const END_MS = 1_000
/** How soon to try again then. */
const END_AGAIN_MS = 10

/**
 * The lines of a process's log, written at once, as the last ones of a process that dies matter most, but never waiting: a reader
 * that stops (a container's log driver, a terminal after Ctrl-S) would stop the process with it.
 *
 * ```
 * line ─▶ written ─ no room ─▶ waits, up to 1 MiB ─▶ written once there is room ─▶ onRead, if lines were dropped
 *             │                    └─ beyond it: dropped, counted
 *             └─ nobody reads any more ─▶ dropped
 * ```
 */
export class LogOutput {
  /** Writes what there is room for. @returns how many bytes; 0: there is none @throws like `writeSync` */
  readonly #write: (bytes: Buffer) => number
  readonly #onRead: (dropped: number) => void
  #waiting: Buffer[] = []
  #waitingBytes = 0
  #dropped = 0
  #timer: Timer | undefined

  /** @param onRead Called once there is room again, with how many lines were dropped. */
  constructor(fd: number, { onRead }: { onRead: (dropped: number) => void }) {
    this.#write = withoutWaiting(fd)
    this.#onRead = onRead
    process.on('exit', () => this.#end())
  }

  write(line: string): void {
    const bytes = Buffer.from(line)
    if (this.#waitingBytes + bytes.length > WAITING_BYTES_MAX) {
      this.#dropped++
      return
    }
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.length
    // Its turn comes with the timer.
    if (this.#timer === undefined) this.#flush()
  }

  #flush(): void {
    this.#timer = undefined
    if (!this.#writeWaiting()) {
      this.#timer = setTimeout(() => this.#flush(), AGAIN_MS)
      this.#timer.unref()
    } else if (this.#dropped > 0) {
      const dropped = this.#dropped
      this.#dropped = 0
      this.#onRead(dropped)
    }
  }

  /** Each line by itself: a pipe takes one of up to 4096 bytes whole, whoever else writes into it. @returns whether none is left */
  #writeWaiting(): boolean {
    let written = 0
    try {
      for (; written < this.#waiting.length; written++) {
        let line = this.#waiting[written]!
        while (line.length > 0) {
          const bytes = this.#write(line)
          if (bytes === 0) {
            this.#waiting.splice(0, written)
            return false
          }
          this.#waitingBytes -= bytes
          line = line.subarray(bytes)
          this.#waiting[written] = line
        }
      }
    } catch {
      // Nobody reads any more.
    }
    this.#waiting = []
    this.#waitingBytes = 0
    return true
  }

  #end(): void {
    const untilMs = performance.now() + END_MS
    while (!this.#writeWaiting() && performance.now() < untilMs) Bun.sleepSync(END_AGAIN_MS)
  }
}

/**
 * Writes so that this process does not wait, and nothing changes for others that share the descriptor: a pipe or a terminal is
 * opened again, and to a socket, such as journald's, is sent; one that nobody reads any more looks as if it had no room. Files do not
 * wait; elsewhere than on Linux everything else does.
 */
function withoutWaiting(fd: number): (bytes: Buffer) => number {
  const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants
  let writable = fd
  try {
    const kind = fstatSync(fd)
    if (kind.isSocket() && canSendNow) return (bytes) => sendNow(fd, bytes)
    if (kind.isFIFO() || kind.isCharacterDevice())
      writable = openSync(`/proc/self/fd/${fd}`, O_WRONLY | O_NONBLOCK | O_NOCTTY)
  } catch {
    // It cannot be opened again.
  }
  return (bytes) => {
    try {
      return writeSync(writable, bytes)
    } catch (cause) {
      if ((cause as { code?: string }).code === 'EAGAIN') return 0
      throw cause
    }
  }
}
