import type { Logger } from 'pino'
import type { Clock } from '../../adapters/clock/clock.ts'
import type { Log } from '../../adapters/log/log.ts'
import type { Random } from '../../load/random.ts'
import type { Poll } from '../../protocol/polls.ts'
import type { ShowDirectory } from '../../services/directory/directory.ts'
import { BodyReader } from '../../services/http/body.ts'
import type { HttpServer } from '../../services/http/routes.ts'
import { Identity } from '../../services/identity/identity.ts'
import type { BallotBox } from '../../services/ingest/ballot-box.ts'
import { createIngest, type Ingest } from '../../services/ingest/ingest.ts'
import { UNLIMITED } from '../../services/ingest/ingest-fixture.ts'
import type { RoomDirectory } from '../../services/rooms/room-directory.ts'
import type { Health } from '../../services/supervision/supervisor.ts'
import type { Faults } from './faults.ts'

export const POLL: Poll = {
  show: 'final',
  poll: 'mvp',
  question: 'Who was the best?',
  choices: [
    { choice: 'anna', title: 'Anna' },
    { choice: 'ben', title: 'Ben' },
  ],
  kind: 'one',
  max: 1,
  change: false,
  visibility: 'live',
  opens: 0,
  graceMs: 0,
  countLate: true,
  countQuarantined: false,
  version: 1,
}

/** How long a voter waits until it asks again. */
const AGAIN_MS = 500

/** Viewers who tap, and who vote until they have a receipt. */
export class Taps {
  accepted = 0
  voted = 0
  readonly #ingest: Ingest
  readonly #options: { clock: Clock; box: BallotBox; faults: Faults; random: Random }
  #voters = 0
  #underWay = 0

  constructor(options: {
    log: Log
    directory: ShowDirectory
    rooms: RoomDirectory
    clock: Clock
    logger: Logger
    box: BallotBox
    faults: Faults
    random: Random
    health: Health
  }) {
    this.#options = options
    this.#ingest = createIngest({
      ...options,
      settings: {
        ...UNLIMITED,
        ...{ sliceMs: 250, sliceReactionsMax: 10_000, waitingMax: 20, flushMsMax: 4000, onLoopback: true },
      },
      identity: new Identity({ secret: new Uint8Array(32), guests: true }),
      bodies: new BodyReader(),
    })
    this.#ingest.start()
  }

  /** Some taps, and now and then a vote. */
  step(): void {
    const { random } = this.#options
    if (random() < 0.4) void this.#tap(1 + Math.floor(random() * 100))
    if (random() < 0.1) void this.#vote(this.#voters++)
  }

  async #tap(count: number): Promise<void> {
    this.#underWay++
    const segment = this.#options.random() < 0.5 ? 'home' : 'away'
    const body = JSON.stringify({ stickers: { heart: count }, segment })
    const headers = { 'content-length': String(body.length) }
    const request = new Request('http://roar/v1/shows/final/reactions', { method: 'POST', body, headers })
    const route = this.#ingest.routes['/v1/shows/:show/reactions']!.POST!
    const given = Object.assign(request, { params: { show: 'final' } })
    const response = await route(given as never, {} as HttpServer)
    if (response?.status === 202) this.accepted += count
    this.#underWay--
  }

  async #vote(number: number): Promise<void> {
    const { box, clock, faults, random } = this.#options
    this.#underWay++
    const choice = [random() < 0.5 ? 'anna' : 'ben']
    for (;;) {
      try {
        await box.cast({
          show: 'final',
          poll: POLL.poll,
          voter: `voter-${number}`.padEnd(22, 'A'),
          answer: { choice, points: [1] },
          segment: '',
          at: clock.now(),
          change: false,
          admit: () => ({ late: false, quarantined: false }),
          earlier: undefined,
        })
        break
      } catch {
        // Refused, or not known: asked again it counts once.
        await faults.pause(AGAIN_MS)
      }
    }
    this.voted++
    this.#underWay--
  }

  /** Who waits for an answer, and reactions that the log does not have. */
  get waiting(): number {
    return this.#underWay + this.#ingest.waiting()
  }

  drain(): Promise<void> {
    return this.#ingest.drain({ timeoutMs: 60_000 })
  }
}
