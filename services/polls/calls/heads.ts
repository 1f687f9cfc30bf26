import * as v from 'valibot'
import { base64url } from '../../../engine/polls/receipts.ts'
import { RoarError } from '../../../protocol/errors.ts'
import { answer, call } from '../../http/call/call.ts'
import { count, hash, named, text, wholeText } from '../../http/call/schemas.ts'
import type { PollsContext } from '../context.ts'

/** How long a CDN may keep the heads of a poll: as long as there is no newer one. */
const MAX_AGE_S = 2

const Heads = named(
  'Heads',
  v.object({
    heads: v.pipe(v.array(text), v.description('Signed notes (C2SP tlog-checkpoint), newest first')),
    proof: v.exactOptional(v.object({ from: count, to: count, path: v.array(hash) })),
  }),
)
const HASH = 'LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ'
const EXAMPLE_HEAD =
  'roar/final/mvp\n2\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— roar/final/mvp Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n'
const size = wholeText(1, Number.MAX_SAFE_INTEGER)

export const getHeads = call({
  id: 'getHeads',
  method: 'GET',
  path: '/v1/shows/{show}/polls/{poll}/heads',
  tag: 'Polls',
  summary: 'Get signed heads of a poll’s ballots',
  description:
    'What the tree of all ballots is while the poll is on, signed: the tree of its certificate, so far. With `from` also the proof that the tree only grew (RFC 9162 section 2.1.4).',
  who: 'anybody',
  query: {
    from: v.pipe(size, v.description('Size of the older tree')),
    to: v.pipe(size, v.description('Size of the newer tree; default that of the newest head')),
  },
  answers: {
    200: answer('The heads', Heads, { heads: [EXAMPLE_HEAD], proof: { from: 1, to: 2, path: [HASH] } }),
  },
  errors: ['not_published', 'overloaded', 'log_unavailable'],
  cached: true,
}).handle(async (context: PollsContext, { params, poll: { poll }, query }) => {
  if (context.desk.packet(params.show, params.poll) === undefined)
    throw new RoarError('unknown_poll', 'the poll is not open yet')
  const { tree, heads } = await context.heads.of(poll)
  const newest = heads[0]!.size
  const { from, to = newest } = query
  const notes = heads.map(({ note }) => note)
  if (from === undefined) return { status: 200, maxAgeS: MAX_AGE_S, body: { heads: notes } }
  if (from > to || to > newest)
    throw new RoarError(
      'bad_request',
      `from ${from} to ${to} is not within the newest head’s ${newest} ballots`,
    )
  const proof = { from, to, path: tree.consistency(from, to).map(base64url) }
  return { status: 200, maxAgeS: MAX_AGE_S, body: { heads: notes, proof } }
})
