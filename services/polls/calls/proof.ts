import * as v from 'valibot'
import type { BallotProof } from '../../../protocol/polls.ts'
import { answer, call } from '../../http/call/call.ts'
import { component, flag, id, text } from '../../http/call/schemas.ts'
import type { PollsContext } from '../context.ts'
import { EXAMPLE_RECEIPT, path, uuid } from '../schemas.ts'
import { CERTIFICATE_AGE_S, certificateOf } from './certificate.ts'

const Proof = component<BallotProof>()(
  'BallotProof',
  v.object({
    show: id,
    poll: id,
    ballot: uuid,
    quarantined: flag,
    markSalt: v.pipe(text, v.description('Opens the mark of the receipt')),
    ...path,
  }),
)

const { show, poll, ballot, proof } = EXAMPLE_RECEIPT

export const getProof = call({
  id: 'getProof',
  method: 'GET',
  path: '/v1/shows/{show}/polls/{poll}/proofs/{ballot}',
  tag: 'Polls',
  summary: 'Get one ballot’s inclusion proof',
  description: 'That a ballot is in the tree of the certificate (RFC 9162 section 2.1.3).',
  who: 'anybody',
  answers: {
    200: answer('The proof', Proof, {
      show,
      poll,
      ballot,
      quarantined: false,
      markSalt: 'bWFya21hcmttYXJrbWFyaw',
      index: 0,
      size: 2,
      path: proof.path,
    }),
  },
  errors: ['not_sealed', 'store_unavailable'],
  cached: true,
}).handle(async (context: PollsContext, { params: { show, poll, ballot } }) => {
  const { statement } = await certificateOf(context, show, poll)
  const found = await context.proofs.of(show, poll, ballot)
  return { status: 200, maxAgeS: CERTIFICATE_AGE_S, body: { ...found, size: statement.ballots } }
})
