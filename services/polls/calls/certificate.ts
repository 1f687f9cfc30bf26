import * as v from 'valibot'
import { RoarError } from '../../../protocol/errors.ts'
import type { Certificate, CertificateStatement } from '../../../protocol/polls.ts'
import { answer, call } from '../../http/call/call.ts'
import { component, count, counts, difference, flag, hash, id, text, time } from '../../http/call/schemas.ts'
import type { PollsContext } from '../context.ts'
import { RULES } from '../schemas.ts'

/** A certificate never changes. */
export const CERTIFICATE_AGE_S = 3600

const viewers = { viewers: count, result: counts }
const left = v.object({ viewers: difference, counted: flag })
const Statement = component<CertificateStatement>()(
  'CertificateStatement',
  v.object({
    show: id,
    poll: id,
    kind: RULES.kind,
    question: text,
    opens: time,
    closes: time,
    sealed: time,
    paper: v.pipe(
      hash,
      v.description('Of the question and all that it was answered to; every receipt has the same'),
    ),
    rules: v.pipe(hash, v.description('Of all rules of the poll, as its document has them')),
    ballots: v.pipe(count, v.description('All ballots of the log: the size of the tree')),
    root: hash,
    ...viewers,
    segments: v.record(v.string(), v.object(viewers)),
    late: left,
    quarantined: left,
    trail: v.object({ entries: count, hash: v.pipe(text, v.description('Of the newest entry')) }),
  }),
)
const CertificateSchema = component<Certificate>()(
  'Certificate',
  v.object({
    statement: Statement,
    kid: text,
    signature: hash,
    head: v.exactOptional(
      v.pipe(
        text,
        v.description('The last tree head, with the cosignatures of witnesses: a C2SP signed note'),
      ),
    ),
    witnesses: v.exactOptional(
      v.pipe(v.array(text), v.description('The keys of the witnesses that were asked')),
    ),
  }),
)

const HASH = 'LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ'
const EXAMPLE: Certificate = {
  statement: {
    show: 'final',
    poll: 'mvp',
    kind: 'one',
    question: 'Player of the match?',
    opens: 1_795_349_712_000,
    closes: 1_795_349_772_000,
    sealed: 1_795_349_900_000,
    paper: HASH,
    rules: HASH,
    ballots: 12_345,
    root: HASH,
    viewers: 12_345,
    result: { anna: 7000, ben: 5345 },
    segments: { home: { viewers: 12_345, result: { anna: 7000, ben: 5345 } } },
    late: { viewers: 0, counted: true },
    quarantined: { viewers: 0, counted: false },
    trail: { entries: 3, hash: HASH },
  },
  kid: 'k1',
  signature: `${HASH}${HASH}`,
}

export const getCertificate = call({
  id: 'getCertificate',
  method: 'GET',
  path: '/v1/shows/{show}/polls/{poll}/certificate',
  tag: 'Polls',
  summary: 'Get a sealed poll’s certificate',
  description: 'Result, number of ballots and Merkle root, signed; once the poll is sealed.',
  who: 'anybody',
  answers: { 200: answer('The certificate', CertificateSchema, EXAMPLE) },
  errors: ['not_sealed', 'store_unavailable'],
  cached: true,
}).handle(async (context: PollsContext, { params: { show, poll } }) => ({
  status: 200,
  maxAgeS: CERTIFICATE_AGE_S,
  body: await certificateOf(context, show, poll),
}))

/** @throws RoarError not_sealed */
export async function certificateOf(
  { directory, store }: PollsContext,
  show: string,
  id: string,
): Promise<Certificate> {
  const { poll } = directory.poll(show, id)
  const certificate = poll.sealed === undefined ? undefined : await store.certificate(show, id)
  if (certificate === undefined) throw new RoarError('not_sealed', 'there is no certificate yet')
  return certificate
}
