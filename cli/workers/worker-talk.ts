import type { Clock } from '../../adapters/clock/clock.ts'
import type { Measured } from '../../services/http/operator.ts'
import type { Config } from '../settings.ts'

/** The argument that makes this program a worker: only its parent uses it, and no list of commands shows it. */
export const EDGE_WORKER = 'edge-worker'

/** A message from the parent of several workers to one of them. */
export type ToWorker =
  | { say: 'start'; config: Config; worker: string }
  /** Report your metrics. */
  | { say: 'measure'; question: number }
  /** The metrics of all workers, as you asked. */
  | { say: 'all'; question: number; measured: Measured[] }

/** A message from a worker to its parent. */
export type ToParent =
  | { say: 'own'; question: number; measured: Measured }
  /** Collect the metrics of all workers. */
  | { say: 'measure all'; question: number }

/** Requests to another process. One without a response in time resolves with `undefined`. */
export class Questions<Answer> {
  readonly #clock: Clock
  readonly #answerMs: number
  readonly #open = new Map<number, (answer: Answer | undefined) => void>()
  #asked = 0

  constructor({ clock, answerMs }: { clock: Clock; answerMs: number }) {
    this.#clock = clock
    this.#answerMs = answerMs
  }

  ask(send: (question: number) => void): Promise<Answer | undefined> {
    const question = this.#asked++
    return new Promise((resolve) => {
      const cancel = this.#clock.after(this.#answerMs, () => this.answer(question, undefined))
      this.#open.set(question, (answer) => {
        cancel()
        resolve(answer)
      })
      send(question)
    })
  }

  answer(question: number, answer: Answer | undefined): void {
    this.#open.get(question)?.(answer)
    this.#open.delete(question)
  }
}
