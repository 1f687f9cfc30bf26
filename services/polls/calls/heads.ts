import * as v from 'valibot'
import { base64url } from '../../../engine/polls/receipts.ts'
import { readNote } from '../../../protocol/checkpoints.ts'
import { RoarError } from '../../../protocol/errors.ts'
import { plural } from '../../../protocol/plural.ts'
import type { BallotPlace, Poll } from '../../../protocol/polls.ts'
import { answer, call } from '../../http/call/call.ts'
import { count, hash, named, text, wholeText } from '../../http/call/schemas.ts'
import { ballotAt } from '../ballot-at.ts'
import { decodeBallot } from '../ballot-codec.ts'
import type { PollsContext } from '../context.ts'
import { wholeOf } from '../heads.ts'
import { EXAMPLE_HEAD } from '../schemas.ts'

/** How long a CDN may keep a poll's heads: about as long as there is no newer one. */
const MAX_AGE_S = 2

const Heads = named(
  'Heads',
  v.object({
    heads: v.pipe(v.array(text), v.description('Signed notes (C2SP tlog-checkpoint), newest first')),
    proof: v.exactOptional(v.object({ from: count, to: count, path: v.array(hash) })),
    inclusion: v.exactOptional(v.object({ index: count, size: count, path: v.array(hash) })),
  }),
)
const HASH = 'LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ'
const size = wholeText(1, Number.MAX_SAFE_INTEGER)

export const getHeads = call({
  id: 'getHeads',
  method: 'GET',
  path: '/v1/shows/{show}/polls/{poll}/heads',
  tag: 'Polls',
  summary: 'Get signed heads of a poll’s ballots',
  description:
    'What the tree of all ballots is while the poll is on, signed: the tree of its certificate, so far. With `from` also the proof that the tree only grew (RFC 9162 section 2.1.4), with `place` that the ballot of a receipt is in it (section 2.1.3).',
  who: 'anybody',
  query: {
    from: v.pipe(size, v.description('Size of the older tree')),
    to: v.pipe(size, v.description('Size of the newer tree; default that of the newest head')),
    place: v.pipe(
      v.string(),
      v.regex(/^\d{1,4}:\d{1,15}$/, 'is no place: partition:offset'),
      v.description('Of a receipt, as `partition:offset`'),
    ),
  },
  answers: {
    200: answer('The heads', Heads, { heads: [EXAMPLE_HEAD], proof: { from: 1, to: 2, path: [HASH] } }),
  },
  errors: ['unknown_ballot', 'overloaded', 'log_unavailable', 'store_unavailable'],
  cached: true,
}).handle(async (context: PollsContext, { params, poll: { poll }, query }) => {
  if (context.desk.packet(params.show, params.poll) === undefined)
    throw new RoarError('unknown_poll', 'the poll is not open yet')
  const at = query.place === undefined ? undefined : placeOf(query.place)
  const { tree, places, heads } = await context.heads.of(
    poll,
    ({ tree, places }) =>
      tree.size >= (query.to ?? 0) && (at === undefined || places?.leafAt(at) !== undefined),
  )
  const newest = heads[0]!.size
  const { from, to = newest } = query
  if (from !== undefined && from > to)
    throw new RoarError('bad_request', `from ${from} is more than to ${to}`)
  if (to > newest)
    throw new RoarError(
      'bad_request',
      `to ${to} is more than the ${plural(newest, 'ballot')} of the newest head`,
    )
  // The certificate has the cosignatures of the last head. It keeps its signature, which may be by a key that has ended since.
  const certified = poll.sealed && (await context.store.certificate(params.show, params.poll))?.head
  const notes = heads.map(wholeOf)
  if (certified) notes[0] = heads[0]!.note + cosignaturesIn(certified)
  const inclusion = async (at: BallotPlace) => {
    const index = places === undefined ? await sealedLeafAt(context, poll, at) : places.leafAt(at)
    if (index === undefined || index >= to)
      throw new RoarError(
        'unknown_ballot',
        `the tree of ${plural(to, 'ballot')} has none from ${at.partition}:${at.offset}`,
      )
    return { index, size: to, path: (await tree.path(index, to)).map(base64url) }
  }
  const body = {
    heads: notes,
    ...(from !== undefined && {
      proof: { from, to, path: (await tree.consistency(from, to)).map(base64url) },
    }),
    ...(at !== undefined && { inclusion: await inclusion(at) }),
  }
  return { status: 200, maxAgeS: MAX_AGE_S, body }
})

/** The lines after the log's own. */
const cosignaturesIn = (note: string): string =>
  readNote(note)!
    .signatures.slice(1)
    .map(({ line }) => line)
    .join('')

function placeOf(text: string): BallotPlace {
  const [partition, offset] = text.split(':').map(Number) as [number, number]
  return { partition, offset }
}

/** The leaf of a sealed poll that holds the ballot of a place. */
async function sealedLeafAt({ log, proofs }: PollsContext, { show, poll }: Poll, place: BallotPlace) {
  const end = (await log.ends('ballots'))[place.partition] ?? 0
  const record = place.offset < end ? await ballotAt(log, place) : undefined
  const ballot = record === undefined ? '' : decodeBallot(record.value)
  return typeof ballot === 'string' ? undefined : proofs.leafAt(show, poll, { ballot: ballot.ballot, place })
}
