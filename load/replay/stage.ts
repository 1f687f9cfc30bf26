import { rehearsedPoll } from '../../engine/polls/rehearsed.ts'
import type { PollDocument, PollState } from '../../protocol/polls.ts'
import type { PollLine } from '../../protocol/recording.ts'
import { RUNS_MAX } from '../../protocol/runs.ts'
import { LoadError } from '../find-show.ts'

/** The producer's side of a replay. */
export interface Stage {
  /** Begins the show. */
  start(): Promise<void>
  /** Opens the poll with this id or question, or creates one. Returns its id. */
  open(poll: PollLine): Promise<string>
  close(poll: string): Promise<void>
  /** Counted ballots of the poll, including those in quarantine. */
  ballots(poll: string): Promise<number>
}

/** Calls a server as a producer. */
export type StudioCall = (
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
) => Promise<{ ok: boolean; body: Record<string, unknown> }>

/**
 * A stage that uses the studio's API; each method throws LoadError if refused. @param options.voters Who may vote in polls that
 * it creates.
 */
export function stageOver(
  call: StudioCall,
  { show, voters }: { show: string; voters: 'signed-in' | 'guests' },
): Stage {
  const root = `/v1/studio/shows/${show}`

  async function ask(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Record<string, unknown>> {
    const answered = await call(method, root + path, body)
    if (answered.ok) return answered.body
    const { code, detail } = answered.body
    throw new LoadError(`${method} ${root}${path} was refused: ${code}: ${detail}`)
  }

  /** Returns whether the poll was created. False: the show has, or had, a poll with this id. */
  async function make(poll: string, { question, choices, kind, max }: PollLine): Promise<boolean> {
    const rules = { question, choices, kind, max, visibility: 'live', voters }
    const { ok, body } = await call('POST', `${root}/polls`, { poll, ...rules })
    if (ok || body.code === 'already_exists') return ok
    throw new LoadError(`the poll ${poll} could not be created: ${body.code}: ${body.detail}`)
  }

  return {
    async start() {
      await ask('POST', '/start')
    },
    async open(line) {
      const polls = await ask('GET', '/polls')
      const known = polls as unknown as { poll: string; question: string; state: PollState }[]
      // Wiped polls are in no list; a run wipes at most one.
      const taken = new Set(known.map(({ poll }) => poll))
      for (let run = 0; run < RUNS_MAX; run++) {
        const { poll, isNew } = rehearsedPoll(line, known, (id) => taken.has(id))
        if (!isNew || (await make(poll, line))) {
          await ask('POST', `/polls/${poll}/open`)
          return poll
        }
        taken.add(poll)
      }
      throw new LoadError(`the show has, or had, too many polls ${line.poll}`)
    },
    async close(poll) {
      await ask('POST', `/polls/${poll}/close`)
    },
    async ballots(poll) {
      const { tally } = (await ask('GET', `/polls/${poll}`)) as {
        tally: { withQuarantined: Pick<PollDocument, 'ballots'> }
      }
      return tally.withQuarantined.ballots
    },
  }
}
