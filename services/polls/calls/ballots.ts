import * as v from 'valibot'
import { publicOf } from '../../../engine/polls/public-recount.ts'
import { Repeats } from '../../../engine/polls/repeats.ts'
import { RoarError } from '../../../protocol/errors.ts'
import type { PublicBallot } from '../../../protocol/public-ballots.ts'
import { ballots as ballotRecords } from '../../../protocol/records/ballots.ts'
import { answer, call } from '../../http/call/call.ts'
import { component, count, flag, hash, text, time, whole, wholeText } from '../../http/call/schemas.ts'
import { targetOf } from '../../http/target.ts'
import { BallotCursor } from '../ballot-order.ts'
import type { PollsContext } from '../context.ts'
import { sha256 } from '../signing-keys.ts'
import { CERTIFICATE_AGE_S, certificateOf } from './certificate.ts'

const PublicBallotSchema = component<PublicBallot>()(
  'PublicBallot',
  v.object({
    ballot: text,
    place: v.object({ partition: count, offset: count }),
    voter: v.pipe(text, v.description('A hash whose key is gone: it says that nobody counts twice')),
    ordinal: count,
    at: time,
    late: flag,
    quarantined: flag,
    markSalt: text,
    choice: v.array(text),
    points: v.array(whole(1, Number.MAX_SAFE_INTEGER)),
    segment: v.exactOptional(text),
    salt: v.exactOptional(text),
    answerSalt: v.exactOptional(
      v.pipe(hash, v.description('Where the segment is too small to be published')),
    ),
    segmentHash: v.exactOptional(hash),
  }),
)
const fromText = wholeText(0, Number.MAX_SAFE_INTEGER)

export const getBallots = call({
  id: 'getBallots',
  method: 'GET',
  path: '/v1/shows/{show}/polls/{poll}/ballots',
  tag: 'Polls',
  summary: 'Get all ballots of a sealed poll',
  description:
    'One JSON object a line, in the order of the certificate’s tree, once the key of the voters is deleted: enough to count again, and to compute the root.',
  who: 'anybody',
  query: { from: v.pipe(fromText, v.description('Goes on from this line, counted from 0; default 0')) },
  answers: {
    200: answer(
      'The ballots',
      PublicBallotSchema,
      {
        ballot: '019ac1f2-5c00-7d3e-9a71-0c5b8f6e2d14',
        place: { partition: 0, offset: 41 },
        voter: 'q83vEjRWeJCrze8SNFZ4kA',
        ordinal: 1,
        at: 1_795_349_713_000,
        late: false,
        quarantined: false,
        markSalt: 'bWFya21hcmttYXJrbWFyaw',
        choice: ['anna'],
        points: [1],
        segment: 'home',
        salt: 'c2FsdHNhbHRzYWx0c2FsdA',
      },
      'application/x-ndjson',
    ),
  },
  errors: ['bad_request', 'not_sealed', 'not_published', 'store_unavailable', 'log_unavailable'],
}).route((context: PollsContext) => async (request) => {
  const { show, poll } = request.params as { show: string; poll: string }
  const { statement } = await certificateOf(context, show, poll)
  const { publish = true, forgotten } = context.directory.poll(show, poll).poll
  if (!publish) throw new RoarError('not_published', 'the poll does not publish its ballots')
  // While there is a key, whoever has it would find each voter's answer in here.
  if (forgotten === undefined || (await context.store.voterKey(show, poll)) !== undefined)
    throw new RoarError('not_published', 'its voters are not forgotten yet')
  const from = v.safeParse(fromText, targetOf(request).query.get('from') ?? '0')
  if (!from.success) throw new RoarError('bad_request', 'from is not a whole number')
  const lines = linesOf(context, {
    show,
    poll,
    from: from.output,
    segments: new Set(Object.keys(statement.segments)),
  })
  const zips = /\bgzip\b/.test(request.headers.get('accept-encoding') ?? '')
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const { value, done } = await lines.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
  })
  return new Response(zips ? stream.pipeThrough(new CompressionStream('gzip')) : stream, {
    headers: {
      'content-type': 'application/x-ndjson',
      'cache-control': `public, max-age=${CERTIFICATE_AGE_S}, immutable`,
      vary: 'accept-encoding',
      ...(zips ? { 'content-encoding': 'gzip' } : {}),
    },
  })
})

/** Some lines at a time: whoever reads slowly holds back the next. */
async function* linesOf(
  { log, order }: PollsContext,
  { show, poll, from, segments }: { show: string; poll: string; from: number; segments: ReadonlySet<string> },
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const repeats = new Repeats()
  const bytes = new TextEncoder()
  let line = 0
  for await (const records of new BallotCursor(log).upTo(await order.reach())) {
    let lines = ''
    for (const place of records) {
      const ballot = ballotRecords.decode(place.value)
      if (typeof ballot === 'string' || ballot.show !== show || ballot.poll !== poll) continue
      if (repeats.has(ballot, place) || line++ < from) continue
      lines += `${JSON.stringify(publicOf(sha256, ballot, { place, segments }))}\n`
    }
    if (lines !== '') yield bytes.encode(lines)
  }
}
