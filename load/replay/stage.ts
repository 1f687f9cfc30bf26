import type { PollDocument, PollState } from '../../protocol/polls.ts'
import type { PollLine } from '../../protocol/recording.ts'
import { LoadError } from '../find-show.ts'

/** Calls a server as a producer. */
export type StudioCall = (
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
) => Promise<{ ok: boolean; body: Record<string, unknown> }>

interface StagedPoll {
  poll: string
  question: string
  state: PollState
}

/** The producer's side of a replay: begins the show, opens its polls when they come, and closes them. */
export class Stage {
  readonly #call: StudioCall
  readonly #show: string
  readonly #voters: 'signed-in' | 'guests'

  /** @param options.voters Who may vote in polls that are made here. */
  constructor(call: StudioCall, { show, voters }: { show: string; voters: 'signed-in' | 'guests' }) {
    this.#call = call
    this.#show = `/v1/studio/shows/${show}`
    this.#voters = voters
  }

  start(): Promise<unknown> {
    return this.#asked('POST', `${this.#show}/start`)
  }

  /**
   * Opens the poll of this id or this question, where the show has one that is a draft or open, and else a new one.
   * Returns its id. @throws LoadError
   */
  async open({ poll, question, choices, kind, max }: PollLine): Promise<string> {
    const polls = (await this.#asked('GET', `${this.#show}/polls`)) as unknown as StagedPoll[]
    const fits = (each: StagedPoll) => each.state === 'draft' || each.state === 'open'
    const known =
      polls.find((each) => each.poll === poll && fits(each)) ??
      polls.find((each) => each.question === question && fits(each))
    const id = known?.poll ?? freeId(poll, polls)
    if (known === undefined) {
      const rules = { question, choices, kind, ...(kind !== 'one' && { max }) }
      await this.#asked('POST', `${this.#show}/polls`, {
        ...{ poll: id, ...rules, visibility: 'live', voters: this.#voters },
      })
    }
    await this.#asked('POST', `${this.#show}/polls/${id}/open`)
    return id
  }

  async close(poll: string): Promise<void> {
    await this.#asked('POST', `${this.#show}/polls/${poll}/close`)
  }

  /** Ballots of the poll that are counted, those in quarantine with them. */
  async ballots(poll: string): Promise<number> {
    const { tally } = (await this.#asked('GET', `${this.#show}/polls/${poll}`)) as {
      tally: { withQuarantined: Pick<PollDocument, 'ballots'> }
    }
    return tally.withQuarantined.ballots
  }

  async #asked(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Record<string, unknown>> {
    const answered = await this.#call(method, path, body)
    if (answered.ok) return answered.body
    const { code, detail } = answered.body
    throw new LoadError(`${method} ${path} was refused: ${code}: ${detail}`)
  }
}

const ID_LENGTH_MAX = 32

function freeId(poll: string, polls: readonly StagedPoll[]): string {
  const isFree = (id: string) => !polls.some((each) => each.poll === id)
  for (let again = 2, id = poll; ; again++) {
    if (isFree(id)) return id
    id = `${poll.slice(0, ID_LENGTH_MAX - 4)}-${again}`
  }
}
