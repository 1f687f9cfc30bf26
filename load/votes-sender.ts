import type { Outcome } from './burst-sender.ts'
import { HttpConnection } from './http-connection.ts'
import type { Target } from './target.ts'

/** After this time a request without an answer is given up, and its connection closed. */
const ANSWER_TIMEOUT_MS = 10_000
/** Delay before the next connection attempt after a failed one. */
const RECONNECT_MS = 50
const SWEEP_MS = 10
const CLOSED = 'closed by this tool'

/** A request to send; it waits, however long, until there is a connection. */
export interface Errand {
  request: string
  /** Break the connection this long after sending, and discard an answer that came before. */
  cutMs?: number
  /** `unsent` only for requests still waiting when it is abandoned or closed, and for later ones. */
  done(outcome: Outcome): void
}

interface Lane {
  errand: Errand | undefined
  sentMs: number
  open: boolean
}

/** Sends requests over kept-alive connections opened on demand, one at a time on each. */
export class VoteSender {
  readonly #target: Target
  readonly #connectionsMax: number
  readonly #clock: () => number
  readonly #lanes = new Map<HttpConnection, Lane>()
  readonly #idle = new Set<HttpConnection>()
  readonly #sweep: Timer
  #waiting: Errand[] = []
  #waitingFrom = 0
  #opening = 0
  #reconnectAtMs = 0
  #closed = false

  /** @param options.connectionsMax Requests that find no free connection wait. The caller bounds how many. */
  constructor(options: { target: Target; connectionsMax: number; clock: () => number }) {
    this.#target = options.target
    this.#connectionsMax = options.connectionsMax
    this.#clock = options.clock
    this.#sweep = setInterval(() => this.#look(), SWEEP_MS)
  }

  send(errand: Errand): void {
    if (this.#closed) {
      errand.done({ kind: 'unsent', fault: CLOSED })
      return
    }
    for (const connection of this.#idle) {
      this.#idle.delete(connection)
      this.#post(connection, errand)
      return
    }
    this.#waiting.push(errand)
    this.#openIfNeeded()
  }

  /** Gives up all requests, waiting or in flight. */
  abandon(fault: string): void {
    const waiting = this.#waiting.slice(this.#waitingFrom)
    this.#waiting = []
    this.#waitingFrom = 0
    for (const { done } of waiting) done({ kind: 'unsent', fault })
    for (const connection of [...this.#lanes.keys()]) connection.close(fault)
  }

  close(): void {
    this.#closed = true
    clearInterval(this.#sweep)
    this.abandon(CLOSED)
  }

  get #waitingCount(): number {
    return this.#waiting.length - this.#waitingFrom
  }

  #openIfNeeded(): void {
    const wanted = this.#opening < this.#waitingCount && this.#lanes.size < this.#connectionsMax
    if (!this.#closed && wanted && this.#clock() >= this.#reconnectAtMs) this.#open()
  }

  #open(): void {
    this.#opening++
    const lane: Lane = { errand: undefined, sentMs: 0, open: false }
    const connection = new HttpConnection(this.#target, {
      onOpen: () => {
        this.#opening--
        lane.open = true
        this.#next(connection)
      },
      onAnswer: (_connection, answer) => {
        const { errand } = lane
        if (errand === undefined) return connection.close('an answer that nobody asked for')
        if (errand.cutMs !== undefined) return connection.close('cut on purpose')
        lane.errand = undefined
        errand.done({ kind: 'answered', answer })
        this.#next(connection)
      },
      onClose: (_connection, fault) => this.#lost(connection, lane, fault),
    })
    this.#lanes.set(connection, lane)
  }

  #lost(connection: HttpConnection, { errand, open }: Lane, fault: string): void {
    this.#lanes.delete(connection)
    this.#idle.delete(connection)
    if (!open) {
      this.#opening--
      this.#reconnectAtMs = this.#clock() + RECONNECT_MS
    }
    errand?.done({ kind: 'unanswered', fault })
    this.#openIfNeeded()
  }

  #next(connection: HttpConnection): void {
    const errand = this.#waiting[this.#waitingFrom]
    if (errand === undefined) {
      this.#idle.add(connection)
      return
    }
    this.#waitingFrom++
    // Removing sent requests one by one would copy the whole queue each time.
    if (this.#waitingFrom > 1000 && this.#waitingFrom * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#waitingFrom)
      this.#waitingFrom = 0
    }
    this.#post(connection, errand)
  }

  #post(connection: HttpConnection, errand: Errand): void {
    const lane = this.#lanes.get(connection)!
    lane.errand = errand
    lane.sentMs = this.#clock()
    connection.send(errand.request)
    if (errand.cutMs === undefined) return
    setTimeout(() => {
      if (lane.errand === errand) connection.close('cut on purpose')
    }, errand.cutMs)
  }

  #look(): void {
    const overdue = this.#clock() - ANSWER_TIMEOUT_MS
    for (const [connection, { errand, sentMs }] of this.#lanes) {
      if (errand !== undefined && sentMs < overdue) connection.close('no answer within 10 s')
    }
    this.#openIfNeeded()
  }
}
