import type { Clock } from '../../adapters/clock/clock.ts'
import type { Log } from '../../adapters/log/log.ts'
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
import { parseNewPoll, parsePollChange } from './poll-body.ts'

/** Entries of the audit trail in one answer. */
const TRAIL_MAX = 500

export interface PollStudioOptions {
  store: Store
  log: Log
  directory: ShowDirectory
  identity: Identity
  keys: PollKeys
  clock: Clock
  /** Makes a new signing key, which signs from now on. Returns its id. */
  rotateKey: () => string
  /** Makes and keeps the certificate of a poll that is about to be sealed. */
  certify: (poll: Poll) => Promise<void>
}

/** The producers' calls about polls. Each takes a producer's token, and each change is in the audit trail. */
export function pollStudioRoutes(options: PollStudioOptions): Routes {
  const { store, log, directory, identity, keys, clock } = options
  const bytes = new TextEncoder()
  let turn: Promise<unknown> = Promise.resolve()

  /** Changes come one after another: each starts from the poll that the one before has left. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = turn.then(work)
    turn = result.catch(() => {})
    return result
  }

  async function announce(poll: Poll): Promise<void> {
    const { show } = directory.get(poll.show)
    const newer = { ...show, version: show.version + 1 }
    await store.saveShow(newer)
    await log.append('control', [
      { key: `${poll.show}/${poll.poll}`, value: bytes.encode(JSON.stringify(poll)) },
      // The show's document lists its polls, so whoever holds it hears of a newer one.
      { key: poll.show, value: bytes.encode(JSON.stringify(newer)) },
    ])
  }

  const create: Handler = async (request) => {
    const { show } = request.params as { show: string }
    const { viewer } = await identity.producerOf(request, show)
    directory.get(show)
    const { poll, rules } = parseNewPoll(await readStudioBody(request))
    return inTurn(async () => {
      const polls = directory.polls(show)
      if (polls.some((known) => known.poll.poll === poll)) {
        throw new RoarError('already_exists', `the show has a poll ${poll}`)
      }
      if (polls.length >= POLLS_MAX) throw new RoarError('bad_poll', `a show has at most ${POLLS_MAX} polls`)
      const created = createPoll(show, poll, rules)
      await keys.make(show, poll)
      await store.polls.save(created, { at: clock.now(), who: viewer, action: 'create', poll, detail: rules })
      await announce(created)
      return jsonResponse(withState(created, clock.now()), { status: 201 })
    })
  }

  /** Does one thing to a poll: `act` says what becomes of it. */
  const does =
    (
      action: string,
      act: (poll: Poll, now: number, request: Request) => Promise<{ poll: Poll; detail?: unknown }>,
    ): Handler =>
    async (request) => {
      const { show, poll: id } = request.params as { show: string; poll: string }
      const { viewer } = await identity.producerOf(request, show)
      directory.poll(show, id)
      return inTurn(async () => {
        const now = clock.now()
        const { poll, detail } = await act(directory.poll(show, id).poll, now, request)
        await store.polls.save(poll, {
          at: now,
          who: viewer,
          action,
          poll: id,
          ...(detail === undefined ? {} : { detail }),
        })
        await announce(poll)
        return jsonResponse(withState(poll, now))
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
    const kid = options.rotateKey()
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
      PATCH: does('change', async (poll, now, request) => {
        const detail = parsePollChange(await readStudioBody(request))
        return { poll: changePoll(poll, detail, now), detail }
      }),
    },
    [`${at}/:poll/open`]: { POST: does('open', async (poll, now) => ({ poll: openPoll(poll, now) })) },
    [`${at}/:poll/close`]: { POST: does('close', async (poll, now) => ({ poll: closePoll(poll, now) })) },
    [`${at}/:poll/reveal`]: { POST: does('reveal', async (poll, now) => ({ poll: revealPoll(poll, now) })) },
    [`${at}/:poll/seal`]: {
      POST: does('seal', async (poll, now) => {
        const sealed = sealPoll(poll, now)
        await options.certify(sealed)
        return { poll: sealed }
      }),
    },
    [`${at}/:poll/forget`]: {
      POST: does('forget', async (poll, now) => {
        if (stateOf(poll, now) !== 'sealed') {
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
