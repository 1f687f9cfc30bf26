/** Shorter work shows no progress. */
const EVERY_MS = 1_000
const CLEAR = '\r\x1b[K'

/** Shows the progress of long work on one line of a terminal, at most once a second; silent where there is no terminal. */
export class Progress implements Disposable {
  readonly #terminal: Pick<NodeJS.WriteStream, 'isTTY' | 'write'>
  readonly #now: () => number
  #saidMs: number
  #isShown = false

  constructor(
    terminal: Pick<NodeJS.WriteStream, 'isTTY' | 'write'> = process.stderr,
    now: () => number = () => performance.now(),
  ) {
    this.#terminal = terminal
    this.#now = now
    this.#saidMs = now()
  }

  /** @param words Called only when they are printed. */
  at(words: () => string): void {
    if (!this.#terminal.isTTY || this.#now() - this.#saidMs < EVERY_MS) return
    this.#saidMs = this.#now()
    this.#isShown = true
    this.#terminal.write(CLEAR + words())
  }

  /** Prints what begins now, then nothing until it is done, such as the copy of a database. */
  begins(words: string): void {
    if (!this.#terminal.isTTY) return
    this.#isShown = true
    this.#terminal.write(CLEAR + words)
  }

  [Symbol.dispose](): void {
    if (this.#isShown) this.#terminal.write(CLEAR)
  }
}

/**
 * Passes items through while `progress` shows how many there were.
 * @param sizeOf How many an item stands for. Default 1.
 */
export async function* counted<T>(
  each: AsyncIterable<T>,
  progress: Progress,
  words: (many: string) => string,
  sizeOf: (one: T) => number = () => 1,
): AsyncIterable<T> {
  let many = 0
  for await (const one of each) {
    many += sizeOf(one)
    progress.at(() => words(many.toLocaleString('en-US')))
    yield one
  }
}

/** Waits for work done elsewhere, while `progress` shows for how long. */
export async function awaited<T>(work: Promise<T>, progress: Progress, what: string): Promise<T> {
  const startedMs = performance.now()
  const timer = setInterval(
    () => progress.at(() => `${what}: ${Math.round((performance.now() - startedMs) / 1000)} s`),
    EVERY_MS,
  )
  try {
    return await work
  } finally {
    clearInterval(timer)
  }
}

/** A size in readable form: `1,234 MB`. */
export const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6).toLocaleString('en-US')} MB`
