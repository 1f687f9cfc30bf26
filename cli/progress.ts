/** Shorter work says nothing. */
const EVERY_MS = 1_000
const CLEAR = '\r\x1b[K'

/** Says in one line of a terminal, at most once a second, how far something is that takes long. Where no person looks it says nothing. */
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

  /** @param words Asked only when they are written. */
  at(words: () => string): void {
    if (!this.#terminal.isTTY || this.#now() - this.#saidMs < EVERY_MS) return
    this.#saidMs = this.#now()
    this.#isShown = true
    this.#terminal.write(CLEAR + words())
  }

  [Symbol.dispose](): void {
    if (this.#isShown) this.#terminal.write(CLEAR)
  }
}

/** The same, while `progress` says how many there were. */
export async function* counted<T>(
  each: AsyncIterable<T>,
  progress: Progress,
  words: (many: string) => string,
): AsyncIterable<T> {
  let many = 0
  for await (const one of each) {
    many++
    progress.at(() => words(many.toLocaleString('en-US')))
    yield one
  }
}
