import * as v from 'valibot'
import { LEAVES_PER_CHUNK } from '../../../adapters/store/polls.ts'
import { RoarError } from '../../../protocol/errors.ts'
import type { CertificateStatement } from '../../../protocol/polls.ts'
import type { PublicBallot } from '../../../protocol/public-ballots.ts'
import { answer, call } from '../../http/call/call.ts'
import { component, count, flag, hash, text, time, whole, wholeText } from '../../http/call/schemas.ts'
import { jsonHeaders } from '../../http/responses.ts'
import { streamOf } from '../../http/stream-of.ts'
import { takesGzip } from '../../http/takes-gzip.ts'
import { targetOf } from '../../http/target.ts'
import type { PollsContext } from '../context.ts'
import { ballotsOfChunk, linesOf, PUBLISHED_CACHE, publishedOf } from '../published.ts'

const PublicBallotSchema = component<PublicBallot>()(
  'PublicBallot',
  v.object({
    ballot: text,
    place: v.object({ partition: count, offset: count }),
    voter: v.pipe(
      text,
      v.description('A keyed hash whose key is deleted: it shows only that nobody counts twice'),
    ),
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
    'One JSON object per line, in the order of the certificate’s tree, once the key of the voters is deleted: enough to count again, and to compute the root.',
  who: 'anybody',
  query: { from: v.pipe(fromText, v.description('Begins at this line, counted from 0; default 0')) },
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
  const { statement } = await publishedOf(context, show, poll)
  const from = v.safeParse(fromText, targetOf(request).query.get('from') ?? '0')
  if (!from.success) throw new RoarError('bad_request', 'from is not a whole number')
  const stream = await streamOf(allLinesOf(context, statement, from.output))
  const zips = takesGzip(request.headers.get('accept-encoding'))
  return new Response(zips ? stream.pipeThrough(new CompressionStream('gzip')) : stream, {
    headers: jsonHeaders({
      'content-type': 'application/x-ndjson',
      'cache-control': PUBLISHED_CACHE,
      vary: 'accept-encoding',
      ...(zips ? { 'content-encoding': 'gzip' } : {}),
    }),
  })
})

/** The lines of one chunk at a time: a slow reader delays the next. */
async function* allLinesOf(
  context: PollsContext,
  statement: CertificateStatement,
  from: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const bytes = new TextEncoder()
  for (let line = from; line < statement.ballots; ) {
    const within = line % LEAVES_PER_CHUNK
    const chunk = await ballotsOfChunk(context, statement, Math.floor(line / LEAVES_PER_CHUNK))
    const ballots = chunk.slice(within)
    yield bytes.encode(linesOf(ballots, statement))
    line += ballots.length
  }
}
