import type { Clock } from '../../adapters/clock/clock.ts'
import type { PollStore } from '../../adapters/store/polls.ts'
import { countsAreSeen } from '../../engine/polls/life.ts'
import { RoarError } from '../../protocol/errors.ts'
import { type BallotProof, type PollDocument, type Receipt, stateOf } from '../../protocol/polls.ts'
import type { ShowDirectory } from '../directory/directory.ts'
import { cacheableResponse, jsonResponse } from '../http/responses.ts'
import type { Handler, Routes } from '../http/routes.ts'
import type { Identity } from '../identity/identity.ts'
import type { BallotBox } from '../ingest/ballot-box.ts'
import { countsOf, type PollDesk } from './desk.ts'
import type { PollKeys } from './poll-keys.ts'
import { Proofs } from './proofs.ts'
import type { SigningKeys } from './signing-keys.ts'

/** How long a CDN may keep a poll that is on, its certificate and the keys. */
const POLL_AGE_S = 1
const CERTIFICATE_AGE_S = 3600
const KEYS_AGE_S = 60

/** What viewers read about polls: the poll, its certificate, proofs, the public keys. */
export function pollRoutes({
  store,
  directory,
  desk,
  identity,
  box,
  keys,
  signingKeys,
  clock,
}: {
  store: PollStore
  directory: ShowDirectory
  desk: PollDesk
  identity: Identity
  box: BallotBox
  keys: PollKeys
  signingKeys: SigningKeys
  clock: Clock
}): Routes {
  const proofs = new Proofs(store)

  /** The receipt of the viewer's newest ballot. */
  async function receiptOf(request: Request, show: string, poll: string): Promise<Receipt | undefined> {
    const { key } = await identity.viewerOf(request, show)
    const voter = await keys.voterOf(show, poll, key)
    if (voter === undefined) return undefined
    return (await box.newest(show, poll, voter))?.receipt()
  }

  function documentOf(show: string, id: string, mine: Receipt | undefined): PollDocument {
    const whole = directory.poll(show, id).poll
    const { revealed: _, sealed: __, answer, ...poll } = whole
    const now = clock.now()
    const state = stateOf(whole, now)
    const packet = desk.packet(show, id)
    if (packet === undefined) throw new RoarError('unknown_poll', 'the poll is not open yet')
    const { ballots, ...counts } = countsOf(desk.tally(show, id).result(whole))
    const told = state === 'revealed' || state === 'sealed'
    return {
      ...poll,
      state,
      version: packet.version,
      ballots,
      ...(countsAreSeen(whole, now, { mine: mine !== undefined }) ? counts : {}),
      ...(told && answer !== undefined ? { answer } : {}),
      ...(mine === undefined ? {} : { mine }),
    }
  }

  const poll: Handler = async (request) => {
    const { show, poll: id } = request.params as { show: string; poll: string }
    directory.poll(show, id)
    if (!request.headers.has('authorization')) {
      return cacheableResponse(request, JSON.stringify(documentOf(show, id, undefined)), {
        maxAgeS: POLL_AGE_S,
        // A cache must not give this to who asks with a token, for the own receipt.
        vary: 'authorization',
      })
    }
    const mine = await receiptOf(request, show, id)
    return jsonResponse(documentOf(show, id, mine), { headers: { 'cache-control': 'private, no-store' } })
  }

  async function certificateOf(show: string, id: string) {
    const view = directory.poll(show, id)
    const certificate = view.poll.sealed === undefined ? undefined : await store.certificate(show, id)
    if (certificate === undefined) throw new RoarError('not_sealed', 'there is no certificate yet')
    return certificate
  }

  const certificate: Handler = async (request) => {
    const { show, poll: id } = request.params as { show: string; poll: string }
    return cacheableResponse(request, JSON.stringify(await certificateOf(show, id)), {
      maxAgeS: CERTIFICATE_AGE_S,
    })
  }

  const proof: Handler = async (request) => {
    const { show, poll: id, ballot } = request.params as { show: string; poll: string; ballot: string }
    const { statement } = await certificateOf(show, id)
    const found: BallotProof = { ...(await proofs.of(show, id, ballot)), size: statement.ballots }
    return cacheableResponse(request, JSON.stringify(found), { maxAgeS: CERTIFICATE_AGE_S })
  }

  const at = '/v1/shows/:show/polls/:poll'
  return {
    [at]: { GET: poll },
    [`${at}/certificate`]: { GET: certificate },
    [`${at}/proofs/:ballot`]: { GET: proof },
    '/v1/keys': {
      GET: (request) =>
        cacheableResponse(request, JSON.stringify(signingKeys.publicSet()), {
          maxAgeS: KEYS_AGE_S,
          contentType: 'application/jwk-set+json',
        }),
    },
  }
}
