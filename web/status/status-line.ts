import type { Status } from '../../sdk/src/index.ts'
import { element, silent } from '../dom/element.ts'
import { statusWords } from './status-words.ts'

const COUNTDOWN_MS = 500

/** The connection: a quiet dot, and words. While it waits, the words count down; a screen reader hears only changes of state. */
export class StatusLine {
  readonly #dot = silent(element('span', 'dot'))
  readonly #words = silent(element('span', 'status-words'))
  readonly #told = element('span', 'unseen')
  #timer: ReturnType<typeof setInterval> | undefined

  constructor({ host }: { host: HTMLElement }) {
    host.classList.add('status')
    this.#told.setAttribute('role', 'status')
    host.append(this.#dot, this.#words, this.#told)
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
    this.#told.textContent = this.#words.textContent
    if (status.state === 'waiting') this.#timer = setInterval(write, COUNTDOWN_MS)
  }

  close(): void {
    clearInterval(this.#timer)
  }
}
