import type { Clock } from '../../adapters/clock/clock.ts'
import type { Store } from '../../adapters/store/store.ts'
import {
  changePoll,
  closePoll,
  createPoll,
  forgetVoters,
  openPoll,
  revealPoll,
  sealPoll,
} from '../../engine/polls/life.ts'
import { RoarError } from '../../protocol/errors.ts'
import { POLLS_MAX } from '../../protocol/limits.ts'
import { type Certificate, type Poll, type PollRules, stateOf } from '../../protocol/polls.ts'
import type { ShowDirectory } from '../directory/directory.ts'
import { jsonResponse } from '../http/responses.ts'
import type { Handler, Routes } from '../http/routes.ts'
import type { Identity } from '../identity/identity.ts'
import { countsOf, type PollDesk } from '../polls/desk.ts'
import type { PollKeys } from '../polls/poll-keys.ts'
import { readStudioBody } from './body.ts'
import type { Control } from './control.ts'
import { parseNewPoll, parsePollChange } from './poll-body.ts'
import type { PollChange } from './poll-changes.ts'

/** Entries of the audit trail in one answer. */
const TRAIL_MAX = 500

export interface PollStudioOptions {
  store: Store
  control: Control
  directory: ShowDirectory
  identity: Identity
  keys: Pick<PollKeys, 'make' | 'forget'>
  clock: Clock
  desk: PollDesk
  change: (change: PollChange) => Promise<Poll>
  /** Makes a new signing key, which signs from now on, or a little later. Returns its id. */
  rotateKey: () => Promise<string>
  /** Makes the certificate of a poll that is about to be sealed. */
  certify: (poll: Poll) => Promise<Certificate>
}

/** The producers' calls about polls. Each takes a producer's token, and each change is in the audit trail. */
export function pollStudioRoutes(options: PollStudioOptions): Routes {
  const { store, control, directory, identity, keys, clock, desk } = options

  /** What the producers decide by, whatever viewers may see: the counts with the ballots in quarantine, and without. */
  function tallyOf(poll: Poll) {
    const tally = desk.tally(poll.show, poll.poll)
    const result = (countQuarantined: boolean) => countsOf(tally.result({ ...poll, countQuarantined }))
    return {
      late: tally.marked('late'),
      quarantined: tally.marked('quarantined'),
      withQuarantined: result(true),
      withoutQuarantined: result(false),
    }
  }

  const create: Handler = async (request) => {
    const { show } = request.params as { show: string }
    const { viewer } = await identity.producerOf(request, show)
    directory.get(show)
    const { poll, rules } = parseNewPoll(await readStudioBody(request))
    return control.inTurn(show, async () => {
      const polls = directory.polls(show)
      if (polls.some((known) => known.poll.poll === poll)) {
        throw new RoarError('already_exists', `the show has a poll ${poll}`)
      }
      if (polls.length >= POLLS_MAX) throw new RoarError('bad_poll', `a show has at most ${POLLS_MAX} polls`)
      const created = createPoll(show, poll, rules)
      await keys.make(show, poll)
      await store.polls.save(created, { at: clock.now(), who: viewer, action: 'create', poll, detail: rules })
      await control.announce(show, created)
      return jsonResponse(withState(created, clock.now()), { status: 201 })
    })
  }

  /** @param options.asks Reads what is asked for in the body; the trail has it. */
  const does =
    <Asked>(
      action: string,
      act: (poll: Poll, at: number, asked: Asked) => Poll,
      { asks, before }: { asks?: (request: Request) => Promise<Asked>; before?: PollChange['before'] } = {},
    ): Handler =>
    async (request, server) => {
      const { show, poll: id } = request.params as { show: string; poll: string }
      const { viewer } = await identity.producerOf(request, show)
      directory.poll(show, id)
      const asked = (await asks?.(request)) as Asked
      // A seal of millions takes longer than a connection may be idle.
      server.timeout(request, 0)
      const poll = await options.change({
        show,
        poll: id,
        who: viewer,
        action,
        detail: asked,
        act: (poll, at) => act(poll, at, asked),
        before,
      })
      return jsonResponse(withState(poll, clock.now()))
    }

  const withProducer =
    (answer: (show: string, poll: string) => Promise<unknown> | unknown): Handler =>
    async (request) => {
      const { show, poll = '' } = request.params as { show: string; poll?: string }
      await identity.producerOf(request, show)
      directory.get(show)
      return jsonResponse(await answer(show, poll), NO_STORE)
    }

  const rotate: Handler = async (request) => {
    const { viewer } = await identity.producerOf(request)
    const kid = await options.rotateKey()
    await store.polls.record('', {
      at: clock.now(),
      who: viewer,
      action: 'rotate-key',
      poll: '',
      detail: kid,
    })
    return jsonResponse({ kid }, { status: 201 })
  }

  const at = '/v1/studio/shows/:show/polls'
  return {
    [at]: {
      GET: withProducer((show) => directory.polls(show).map(({ poll }) => withState(poll, clock.now()))),
      POST: create,
    },
    [`${at}/:poll`]: {
      GET: withProducer((show, id) => {
        const { poll } = directory.poll(show, id)
        return { ...withState(poll, clock.now()), tally: tallyOf(poll) }
      }),
      PATCH: does('change', (poll, at, changes: Partial<PollRules>) => changePoll(poll, changes, at), {
        asks: async (request) => parsePollChange(await readStudioBody(request)),
      }),
    },
    [`${at}/:poll/open`]: { POST: does('open', openPoll) },
    [`${at}/:poll/close`]: { POST: does('close', closePoll) },
    [`${at}/:poll/reveal`]: { POST: does('reveal', revealPoll) },
    [`${at}/:poll/seal`]: { POST: does('seal', sealPoll, { before: options.certify }) },
    [`${at}/:poll/forget`]: {
      POST: does('forget', forgetVoters, {
        before: async ({ show, poll }) => {
          await keys.forget(show, poll)
          return undefined
        },
      }),
    },
    '/v1/studio/keys': { POST: rotate },
    '/v1/studio/audit': {
      async GET(request) {
        await identity.producerOf(request)
        return jsonResponse(await store.polls.trail('', TRAIL_MAX), NO_STORE)
      },
    },
    '/v1/studio/shows/:show/audit': { GET: withProducer((show) => store.polls.trail(show, TRAIL_MAX)) },
  }
}

const NO_STORE = { headers: { 'cache-control': 'no-store' } }

const withState = (poll: Poll, now: number) => ({ ...poll, state: stateOf(poll, now) })
