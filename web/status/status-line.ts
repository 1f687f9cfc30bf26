import type { Status } from '../../sdk/src/index.ts'
import { element, silent } from '../dom/element.ts'
import { statusWords } from './status-words.ts'

const COUNTDOWN_MS = 500

/** The connection: a quiet dot, and words. While it waits, the words count down. */
export class StatusLine {
  readonly #dot = silent(element('span', 'dot'))
  readonly #words = element('span', 'status-words')
  #timer: ReturnType<typeof setInterval> | undefined

  constructor({ host }: { host: HTMLElement }) {
    host.classList.add('status')
    // Told politely, and only when the state changes: the countdown is for the eye.
    host.append(this.#dot, this.#words)
  }

  show(status: Status): void {
    clearInterval(this.#timer)
    const sinceMs = performance.now()
    const write = () => {
      const { dot, words } = statusWords(status, performance.now() - sinceMs)
      this.#dot.dataset.state = dot
      this.#words.textContent = words
    }
    write()
    if (status.state === 'waiting') this.#timer = setInterval(write, COUNTDOWN_MS)
  }

  close(): void {
    clearInterval(this.#timer)
  }
}
