import type { Logger } from 'pino'
import type { Log, LogReader } from '../../adapters/log/log.ts'
import { type Pack, packOf } from '../../engine/burst.ts'
import { RoarError } from '../../protocol/errors.ts'
import type { Show } from '../../protocol/show.ts'

/** A show as a role works with it. */
export interface ShowView {
  show: Show
  pack: Pack
}

/** Every role's view of the shows, followed from the control log. The newest version of a show wins. */
export class ShowDirectory {
  readonly #views = new Map<string, ShowView>()
  readonly #listeners = new Set<(view: ShowView) => void>()
  readonly #reader: LogReader

  constructor({ log, logger }: { log: Log; logger: Logger }) {
    this.#reader = log.consume(
      'control',
      (batch) => {
        for (const { value } of batch) this.#take(JSON.parse(new TextDecoder().decode(value)) as Show)
      },
      { onFault: (cause) => logger.error({ err: cause }, 'the control log can not be followed') },
    )
  }

  #take(show: Show): void {
    const known = this.#views.get(show.show)
    if (known !== undefined && known.show.version >= show.version) return
    const view = { show, pack: packOf(show) }
    this.#views.set(show.show, view)
    for (const listener of this.#listeners) listener(view)
  }

  has(show: string): boolean {
    return this.#views.has(show)
  }

  /** @throws RoarError unknown_show */
  get(show: string): ShowView {
    const view = this.#views.get(show)
    if (view === undefined)
      throw new RoarError('unknown_show', `there is no show ${JSON.stringify(show.slice(0, 32))}`)
    return view
  }

  /** Calls back with every show known now, and with each one that changes. Returns the unsubscribe function. */
  follow(listener: (view: ShowView) => void): () => void {
    for (const view of this.#views.values()) listener(view)
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): Promise<void> {
    return this.#reader.close()
  }
}
