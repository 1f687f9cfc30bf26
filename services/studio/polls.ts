import type { Clock } from '../../adapters/clock/clock.ts'
import type { Store } from '../../adapters/store/store.ts'
import { changePoll, closePoll, createPoll, openPoll, revealPoll, sealPoll } from '../../engine/polls/life.ts'
import { RoarError } from '../../protocol/errors.ts'
import { POLLS_MAX } from '../../protocol/limits.ts'
import { type Poll, stateOf } from '../../protocol/polls.ts'
import type { ShowDirectory } from '../directory/directory.ts'
import { jsonResponse } from '../http/responses.ts'
import type { Handler, Routes } from '../http/routes.ts'
import type { Identity } from '../identity/identity.ts'
import type { PollKeys } from '../polls/poll-keys.ts'
import { readStudioBody } from './body.ts'
import type { Control } from './control.ts'
import { parseNewPoll, parsePollChange } from './poll-body.ts'

/** Entries of the audit trail in one answer. */
const TRAIL_MAX = 500

export interface PollStudioOptions {
  store: Store
  control: Control
  directory: ShowDirectory
  identity: Identity
  keys: PollKeys
  clock: Clock
  /** Makes a new signing key, which signs from now on, or a little later. Returns its id. */
  rotateKey: () => Promise<string>
  /** Makes and keeps the certificate of a poll that is about to be sealed. */
  certify: (poll: Poll) => Promise<void>
}

/** The producers' calls about polls. Each takes a producer's token, and each change is in the audit trail. */
export function pollStudioRoutes(options: PollStudioOptions): Routes {
  const { store, control, directory, identity, keys, clock } = options
  const create: Handler = async (request) => {
    const { show } = request.params as { show: string }
    const { viewer } = await identity.producerOf(request, show)
    directory.get(show)
    const { poll, rules } = parseNewPoll(await readStudioBody(request))
    return control.inTurn(async () => {
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

  /**
   * Does one thing to a poll: `act` says what becomes of it at a time, the first at which every role has heard of it.
   * The answer waits until every role has.
   */
  const does =
    (
      action: string,
      act: (poll: Poll, at: number, request: Request) => Promise<{ poll: Poll; detail?: unknown }>,
    ): Handler =>
    async (request) => {
      const { show, poll: id } = request.params as { show: string; poll: string }
      const { viewer } = await identity.producerOf(request, show)
      directory.poll(show, id)
      return control.inTurn(async () => {
        const now = clock.now()
        const at = now + control.leadMs
        const { poll, detail } = await act(directory.poll(show, id).poll, at, request)
        await store.polls.save(poll, {
          at: now,
          who: viewer,
          action,
          poll: id,
          ...(detail === undefined ? {} : { detail }),
        })
        await control.announce(show, poll)
        if (control.leadMs > 0) await new Promise<void>((resolve) => clock.after(control.leadMs, resolve))
        return jsonResponse(withState(poll, clock.now()))
      })
    }

  const withProducer =
    (answer: (show: string, poll: string) => Promise<unknown> | unknown): Handler =>
    async (request) => {
      const { show, poll = '' } = request.params as { show: string; poll?: string }
      await identity.producerOf(request, show)
      directory.get(show)
      return jsonResponse(await answer(show, poll), { headers: { 'cache-control': 'no-store' } })
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
      GET: withProducer((show, poll) => withState(directory.poll(show, poll).poll, clock.now())),
      PATCH: does('change', async (poll, at, request) => {
        const detail = parsePollChange(await readStudioBody(request))
        return { poll: changePoll(poll, detail, at), detail }
      }),
    },
    [`${at}/:poll/open`]: { POST: does('open', async (poll, at) => ({ poll: openPoll(poll, at) })) },
    [`${at}/:poll/close`]: { POST: does('close', async (poll, at) => ({ poll: closePoll(poll, at) })) },
    [`${at}/:poll/reveal`]: { POST: does('reveal', async (poll, at) => ({ poll: revealPoll(poll, at) })) },
    [`${at}/:poll/seal`]: {
      POST: does('seal', async (poll, at) => {
        const sealed = sealPoll(poll, at)
        await options.certify(sealed)
        return { poll: sealed }
      }),
    },
    [`${at}/:poll/forget`]: {
      POST: does('forget', async (poll, at) => {
        if (stateOf(poll, at) !== 'sealed') {
          throw new RoarError('wrong_state', 'only the voters of a sealed poll can be forgotten')
        }
        await keys.forget(poll.show, poll.poll)
        return { poll: { ...poll, version: poll.version + 1 } }
      }),
    },
    '/v1/studio/keys': { POST: rotate },
    '/v1/studio/shows/:show/audit': { GET: withProducer((show) => store.polls.trail(show, TRAIL_MAX)) },
  }
}

const withState = (poll: Poll, now: number) => ({ ...poll, state: stateOf(poll, now) })
