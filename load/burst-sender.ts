import type { Answer } from './http-connection.ts'
import { HttpConnection } from './http-connection.ts'
import type { PlannedBurst } from './schedule.ts'
import type { Target } from './target.ts'

/** Connections that carry the bursts, one request at a time on each. Phones have their own connections; here they are shared. */
const CONNECTIONS_MAX = 256
/** Due bursts that find no free connection wait here while their clock runs; one more is not sent. */
const WAITING_MAX = 1_000_000
/** A request without an answer after this time counts as unanswered. */
const ANSWER_TIMEOUT_MS = 10_000
/** After a failed connection attempt, due bursts are not sent until another attempt succeeds. */
const RETRY_MS = 100

export type Outcome =
  | { kind: 'answered'; answer: Answer }
  /** The request was sent and nothing came back: the server may have counted it. */
  | { kind: 'unanswered'; fault: string }
  /** There was no connection: the server cannot have counted it. */
  | { kind: 'unsent'; fault: string }

interface Lane {
  burst: PlannedBurst | undefined
  sentMs: number
}

/** Sends bursts when they are due, without waiting for the answer to the one before, over connections opened on demand. */
export class BurstSender {
  readonly #target: Target
  readonly #head: string
  readonly #clock: () => number
  readonly #onOutcome: (burst: PlannedBurst, outcome: Outcome) => void
  readonly #lanes = new Map<HttpConnection, Lane>()
  readonly #idle: HttpConnection[] = []
  #opening = 0
  #waiting: PlannedBurst[] = []
  #waitingFrom = 0
  #retryAtMs = 0
  #fault = ''
  #closed = false
  readonly #sweep: Timer

  constructor(options: {
    target: Target
    show: string
    clock: () => number
    onOutcome: (burst: PlannedBurst, outcome: Outcome) => void
  }) {
    this.#target = options.target
    this.#clock = options.clock
    this.#onOutcome = options.onOutcome
    this.#head = [
      `POST /v1/shows/${options.show}/reactions HTTP/1.1`,
      `Host: ${options.target.host}`,
      'Content-Type: application/json',
      'Content-Length: ',
    ].join('\r\n')
    this.#sweep = setInterval(() => this.#timeOut(), 250)
  }

  /** Requests that are in flight or waiting. */
  get open(): number {
    return this.#waitingCount + this.#lanes.size - this.#idle.length - this.#opening
  }

  get #waitingCount(): number {
    return this.#waiting.length - this.#waitingFrom
  }

  send(burst: PlannedBurst): void {
    const idle = this.#idle.pop()
    if (idle !== undefined) this.#post(idle, burst)
    else if (this.#lanes.size === 0 && this.#clock() < this.#retryAtMs) {
      this.#onOutcome(burst, { kind: 'unsent', fault: this.#fault })
    } else if (this.#waitingCount >= WAITING_MAX) {
      this.#onOutcome(burst, { kind: 'unsent', fault: `${WAITING_MAX} bursts wait already` })
    } else {
      this.#waiting.push(burst)
      if (this.#lanes.size < CONNECTIONS_MAX && this.#opening < this.#waitingCount) this.#open()
    }
  }

  close(): void {
    this.#closed = true
    clearInterval(this.#sweep)
    this.#dropWaiting('still waiting at the end')
    for (const connection of [...this.#lanes.keys()]) connection.close()
  }

  #open(): void {
    this.#opening++
    const connection = new HttpConnection(this.#target, {
      onOpen: () => {
        this.#opening--
        this.#lanes.get(connection)!.sentMs = 0
        this.#next(connection)
      },
      onAnswer: (_connection, answer) => {
        const lane = this.#lanes.get(connection)!
        const { burst } = lane
        lane.burst = undefined
        if (burst === undefined) return connection.close('an answer that nobody asked for')
        this.#onOutcome(burst, { kind: 'answered', answer })
        this.#next(connection)
      },
      onClose: (_connection, fault) => this.#lost(connection, fault),
    })
    this.#lanes.set(connection, { burst: undefined, sentMs: Number.NaN })
  }

  #lost(connection: HttpConnection, fault: string): void {
    const lane = this.#lanes.get(connection)!
    this.#lanes.delete(connection)
    const at = this.#idle.indexOf(connection)
    if (at !== -1) this.#idle.splice(at, 1)
    if (lane.burst !== undefined) this.#onOutcome(lane.burst, { kind: 'unanswered', fault })
    if (!Number.isNaN(lane.sentMs)) return
    // It never opened.
    this.#opening--
    this.#fault = fault
    this.#retryAtMs = this.#clock() + RETRY_MS
    if (this.#lanes.size === 0) this.#dropWaiting(fault)
  }

  #dropWaiting(fault: string): void {
    const dropped = this.#waiting.slice(this.#waitingFrom)
    this.#waiting = []
    this.#waitingFrom = 0
    for (const burst of dropped) this.#onOutcome(burst, { kind: 'unsent', fault })
  }

  #next(connection: HttpConnection): void {
    const burst = this.#waiting[this.#waitingFrom]
    if (burst === undefined) {
      this.#idle.push(connection)
      return
    }
    this.#waitingFrom++
    // Removing sent bursts one by one would copy the whole queue each time.
    if (this.#waitingFrom > 1000 && this.#waitingFrom * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#waitingFrom)
      this.#waitingFrom = 0
    }
    this.#post(connection, burst)
  }

  #post(connection: HttpConnection, burst: PlannedBurst): void {
    const lane = this.#lanes.get(connection)!
    lane.burst = burst
    lane.sentMs = this.#clock()
    // Ids are ASCII, so a character is a byte.
    const body = bodyOf(burst)
    connection.send(`${this.#head}${body.length}\r\n\r\n${body}`)
  }

  #timeOut(): void {
    const overdue = this.#clock() - ANSWER_TIMEOUT_MS
    for (const [connection, { burst, sentMs }] of this.#lanes) {
      if (burst !== undefined && sentMs < overdue) connection.close('no answer within 10 s')
    }
    if (this.#closed || this.#lanes.size >= CONNECTIONS_MAX) return
    // Bursts may be waiting for connections that have closed by now.
    if (this.#waitingCount > 0 && this.#opening === 0) this.#open()
  }
}

export const bodyOf = ({ stickers, segment }: Pick<PlannedBurst, 'stickers' | 'segment'>): string =>
  JSON.stringify(segment === '' ? { stickers } : { stickers, segment })
