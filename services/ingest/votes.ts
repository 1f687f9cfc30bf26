import * as v from 'valibot'
import { admit } from '../../engine/polls/admission.ts'
import { checkAnswer } from '../../engine/polls/answer.ts'
import type { Casts } from '../../engine/polls/casts.ts'
import { pollName } from '../../engine/polls/poll-name.ts'
import type { RateLimit } from '../../engine/rate-limit.ts'
import { refuseEnded } from '../../engine/shows/admission.ts'
import { RoarError } from '../../protocol/errors.ts'
import { isObject } from '../../protocol/json-shapes.ts'
import { POINTS_MAX } from '../../protocol/limits.ts'
import { answerOf, type Receipt, stateOf, type VoteRequest, type Voters } from '../../protocol/polls.ts'
import { RECEIPT } from '../../protocol/receipts.ts'
import { faultOf } from '../../protocol/records/fault.ts'
import type { TraceContext } from '../../protocol/trace-context.ts'
import { peerAddress } from '../http/address.ts'
import { parseJson } from '../http/body.ts'
import { answer, call, json } from '../http/call/call.ts'
import { component, id, whole } from '../http/call/schemas.ts'
import { refuse } from '../http/gate.ts'
import { isLoopback } from '../http/ip.ts'
import { traceOf } from '../http/request-trace.ts'
import { jsonHeaders } from '../http/responses.ts'
import type { Answer, Handler, LaneRoute } from '../http/routes.ts'
import type { Viewer } from '../identity/claims.ts'
import type { PollKeys } from '../polls/poll-keys.ts'
import { EXAMPLE_RECEIPT, ReceiptSchema } from '../polls/schemas.ts'
import type { BallotBox, Vote } from './ballot-box.ts'
import type { IngestContext } from './context.ts'
import type { Quarantine } from './quarantine.ts'

/** What the vote route needs beyond what all routes share. */
export interface VoteOptions {
  box: BallotBox
  casts: Casts
  keys: PollKeys
  quarantine: Quarantine
  /** New ballots a second of each issuer of tokens. */
  issuers: RateLimit
}

const VoteSchema = component<VoteRequest>()(
  'Vote',
  v.pipe(
    v.object({
      choice: v.exactOptional(id),
      choices: v.exactOptional(v.pipe(v.array(id), v.minLength(1, 'is empty'))),
      points: v.exactOptional(v.record(id, whole(1, POINTS_MAX))),
      receipt: v.exactOptional(ReceiptSchema),
    }),
    v.description('`choice`, `choices` or `points`, by the kind of the poll, and nothing else'),
  ),
)

/** Validation of the body depends on the poll's state when the body has arrived, so `voteRoute` does it. */
export const castVote = call({
  id: 'castVote',
  method: 'POST',
  path: '/v1/shows/{show}/polls/{poll}/votes',
  tag: 'Polls',
  summary: 'Vote in a poll',
  description:
    'Answered once the ballot is durable. After no answer send the same request again: it counts once.',
  who: 'viewer',
  limited: true,
  body: json(VoteSchema, { choice: 'anna' }),
  answers: {
    201: answer('The ballot is durable: its receipt', ReceiptSchema, EXAMPLE_RECEIPT),
    200: answer('This viewer has given this answer before: its receipt', ReceiptSchema, EXAMPLE_RECEIPT),
  },
  errors: [
    'unknown_choice',
    'bad_choice',
    'bad_points',
    'bad_receipt',
    'already_voted',
    'poll_closed',
    'show_ended',
    'clock_unsure',
    'log_unavailable',
    'store_unavailable',
    'overloaded',
  ],
}).route(({ votes, ...context }: IngestContext & { votes: VoteOptions }) => voteRoute(context, votes).handler)

/** A vote whose request has arrived completely, by an authenticated viewer. */
interface Received {
  show: string
  poll: string
  viewer: Viewer
  body: unknown
  /** See `peerAddress`. */
  address: () => string
  trace: TraceContext | undefined
}

/** What is known of it once its answer and its voter are. */
interface Checked extends Pick<Vote, 'voter' | 'answer' | 'change'> {
  /** Its receive time. */
  at: number
  /** false: a seal had begun by then. An existing answer is returned anyway. */
  admitted: boolean
}

/**
 * The path from body to receipt; `inLane` is the same for complete requests.
 * @throws RoarError those of `castVote`
 */
export function voteRoute(
  { directory, identity, bodies, clock, gate, counters, settings }: IngestContext,
  { box, casts, keys, quarantine, issuers }: VoteOptions,
): { handler: Handler; inLane: LaneRoute } {
  const handler: Handler = async (request, server) => {
    const { show, poll } = request.params as { show: string; poll: string }
    directory.poll(show, poll)
    gate.address(request, server)
    const viewer = await identity.viewerOf(request, show)
    const body = await bodies.json(request)
    const address = () => peerAddress(request, server, settings.trustProxy)
    const answer = await take({ show, poll, viewer, body, address, trace: traceOf(request) })
    return new Response(answer.body, answer)
  }

  const inLane: LaneRoute = {
    path: castVote.spec.path,
    answer(request) {
      const { show, poll } = request.params as { show: string; poll: string }
      directory.poll(show, poll)
      const viewer = request.authorization && identity.viewerAtOnce(request.authorization, show)
      if (!viewer) return undefined
      gate.addressOf(request)
      const address = () => request.address(settings.trustProxy)
      return take({ show, poll, viewer, body: parseJson(request.body), address, trace: request.trace })
    },
  }

  async function take(received: Received): Promise<Answer> {
    const { show, poll: id, viewer, body } = received
    // The whole request has arrived: from here on nothing the client does can affect the time.
    const at = clock.now()
    // The poll's current state: a body may arrive long after its head, when the poll has changed or ended.
    const { ballotable, poll } = directory.poll(show, id)
    // A seal stops admission, and then waits for every vote admitted before.
    const admitted = poll.sealing === undefined
    const name = pollName(show, id)
    if (admitted) casts.enter(name)
    try {
      // Checked before the answer: a draft's choices must not be revealed.
      if (stateOf(poll, at) === 'draft') {
        // To a clock that is behind, an open poll is one.
        box.checkTime()
        throw new RoarError('poll_closed', 'the poll is not open yet')
      }
      const answer = checkAnswer(body, ballotable)
      const found = keys.voterOf(show, id, viewer.key)
      const voter = found instanceof Promise ? await found : found
      if (voter === undefined) throw new RoarError('poll_closed', 'the voters of this poll were forgotten')
      const { receipt, isNew } = await box.cast(
        voteOf(received, { at, admitted, answer, voter, change: poll.change }),
      )
      if (isNew) counters.ballots++
      return { status: isNew ? 201 : 200, headers: HEADERS, body: JSON.stringify(receipt) }
    } finally {
      if (admitted) casts.leave(name)
    }
  }

  function voteOf(
    { show, poll: id, viewer, body, address, trace }: Received,
    { at, admitted, answer, voter, change }: Checked,
  ): Vote {
    const { segments } = directory.get(show).pack
    const segment = viewer.segment !== undefined && segments.has(viewer.segment) ? viewer.segment : ''
    return {
      show,
      poll: id,
      voter,
      answer,
      segment,
      at,
      change,
      admit: ({ isChange }) => {
        if (!admitted) throw new RoarError('poll_closed', 'the poll is being sealed')
        // Only for changes: there is one first answer a poll, and nobody should lose it for having tapped a lot. A retry of an
        // existing answer is cheap, and its sender may be in trouble.
        if (isChange) gate.viewer(viewer.key)
        const { poll } = directory.poll(show, id)
        refuseEnded(directory.get(show).show, at)
        const timeliness = admit(poll, at)
        checkVoter(poll.voters, viewer)
        const issuer = viewer.issuer ?? ''
        refuse(issuers.take(issuer, at), 'issuer', issuers)
        // Asking the kernel for the peer costs more than verifying its token.
        const from = settings.onLoopback ? '127.0.0.1' : address()
        // A load test from this machine has one rhythm and one address.
        if (settings.loopbackUnlimited && isLoopback(from)) return { ...timeliness, quarantined: false }
        const sighting = { at, answer: answerOf(answer), ...tokenOf(viewer, at) }
        return {
          ...timeliness,
          quarantined: quarantine.check({ show, poll: id }, { address: from, issuer }, sighting),
        }
      },
      earlier: presented(body),
      trace,
    }
  }

  return { handler, inLane }
}

/** The poll's rule, which is fixed once it opens. @throws RoarError forbidden */
function checkVoter(voters: Voters | undefined, { guest, verified }: Viewer): void {
  if (voters === 'signed-in' && guest) throw new RoarError('forbidden', 'this poll is for signed-in viewers')
  if (voters === 'verified' && !verified)
    throw new RoarError('forbidden', 'this poll is for verified viewers')
}

/** What the token says about the person behind it. */
const tokenOf = ({ guest, issued }: Viewer, at: number) => ({
  ageMs: issued === undefined ? undefined : at - issued,
  guest: guest === true,
})

const HEADERS = jsonHeaders({ 'cache-control': 'no-store' })

/** A receipt in the body, of the right shape; whether it is valid is checked where it matters. */
function presented(body: unknown): Receipt | undefined {
  const { receipt } = body as { receipt?: unknown }
  if (receipt === undefined) return undefined
  const fault = isObject(receipt) ? faultOf(receipt, RECEIPT) : 'it is not an object'
  if (fault !== undefined)
    throw new RoarError('bad_receipt', `this does not have the form of a receipt: ${fault}`)
  return receipt as Receipt
}
