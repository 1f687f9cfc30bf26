import * as v from 'valibot'
import { answer, call } from '../../http/call/call.ts'
import { named, text } from '../../http/call/schemas.ts'
import type { StudioContext } from '../context.ts'

const NewKey = named('NewKey', v.object({ kid: text }))

export const rotateKey = call({
  id: 'rotateKey',
  method: 'POST',
  path: '/v1/studio/keys',
  tag: 'Studio',
  summary: 'Create a new signing key, in use from now on',
  who: 'producer',
  answers: { 201: answer('Its id', NewKey, { kid: 'k2' }) },
  errors: ['store_unavailable'],
}).handle(async ({ rotateKey }: StudioContext, { caller }) => ({
  status: 201,
  body: { kid: await rotateKey(caller.who) },
}))
