import type { Status } from '../../sdk/src/index.ts'
import { setHidden, setText } from '../dom/change.ts'
import { button, element, silent } from '../dom/element.ts'
import type { Say } from '../words/words.ts'
import { statusWords } from './status-words.ts'

const COUNTDOWN_MS = 500
/** A shorter wait ends before a button can be read. */
const BUTTON_MS_MIN = 1_500

/**
 * The connection's status: a quiet dot, and words. While it waits, the words count down, and a press retries at once; a screen
 * reader is told only of changes of state.
 */
export class StatusLine {
  readonly #dot = silent(element('span', 'dot'))
  readonly #words = silent(element('span', 'status-words'))
  readonly #watching = element('span', 'status-watching')
  readonly #told = element('span', 'unseen')
  readonly #retry = button('status-retry')
  #timer: ReturnType<typeof setInterval> | undefined
  #write = () => {}
  #viewers = 0
  #isOnAir = true
  readonly #say: Say

  constructor({ host, say, onRetry }: { host: HTMLElement; say: Say; onRetry: () => void }) {
    this.#say = say
    host.classList.add('status')
    this.#told.setAttribute('role', 'status')
    this.#retry.hidden = true
    this.#retry.addEventListener('click', onRetry)
    this.#watching.hidden = true
    host.append(this.#dot, this.#words, this.#watching, this.#retry, this.#told)
  }

  show(status: Status): void {
    clearInterval(this.#timer)
    const sinceMs = performance.now()
    this.#write = () => {
      const { dot, words } = statusWords(status, performance.now() - sinceMs, this.#say, this.#isOnAir)
      this.#dot.dataset.state = dot
      setText(this.#words, words)
    }
    this.speak()
    this.#retry.hidden = status.state !== 'waiting' || status.retryInMs < BUTTON_MS_MIN
    if (status.state === 'waiting') this.#timer = setInterval(this.#write, COUNTDOWN_MS)
  }

  /** Whether the show is on. Before and after it nothing is live, however good the connection. */
  setOnAir(isOnAir: boolean): void {
    this.#isOnAir = isOnAir
    this.speak()
  }

  /** How many watch. A crowd of one is not shown. */
  showWatching(viewers: number): void {
    this.#viewers = viewers
    setHidden(this.#watching, viewers < 2)
    setText(this.#watching, this.#say('watching', { n: viewers }))
  }

  /** Renders all texts again, in the current language. */
  speak(): void {
    this.#write()
    this.#told.textContent = this.#words.textContent
    this.#retry.textContent = this.#say('tryNow')
    this.showWatching(this.#viewers)
  }

  close(): void {
    clearInterval(this.#timer)
  }
}
