import * as v from 'valibot'
import { RoarError } from '../../../protocol/errors.ts'
import { peerAddress } from '../../http/address.ts'
import { answer, call } from '../../http/call/call.ts'
import { named, text } from '../../http/call/schemas.ts'
import type { PeopleContext } from '../context.ts'
import type { Journey } from '../openid.ts'
import { beginSession } from './begin-session.ts'

/** How long signing in at the provider may take, in seconds. */
const JOURNEY_S = 600
const BACK = '/v1/studio/openid/back'

export const waysToSignIn = call({
  id: 'getWaysToSignIn',
  method: 'GET',
  path: '/v1/studio/sign-in',
  tag: 'People',
  summary: 'Ask how people sign in here',
  who: 'anybody',
  answers: {
    200: answer(
      'By password; and where `openid` is there by going to `/v1/studio/openid`',
      named('WaysToSignIn', v.object({ openid: v.exactOptional(text) })),
      { openid: 'https://login.example' },
    ),
  },
}).handle(({ openId }: PeopleContext) => ({
  status: 200,
  body: openId === undefined ? {} : { openid: openId.issuer },
}))

export const goToProvider = call({
  id: 'goToProvider',
  method: 'GET',
  path: '/v1/studio/openid',
  tag: 'People',
  summary: 'Go to the provider to sign in (OpenID Connect)',
  description: 'For a browser to go to, not for a script to fetch.',
  who: 'anybody',
  answers: { 303: { description: 'To the provider' } },
  errors: ['not_found', 'sign_in_unavailable'],
}).route(({ openId, outside, signIn, trustProxy }: PeopleContext) => async (request, server) => {
  if (openId === undefined) throw notHere()
  signIn.admit(peerAddress(request, server, trustProxy))
  const { address, journey } = await openId.begin(`${outside.base(request)}${BACK}`)
  const kept = [journey.state, journey.nonce, journey.verifier].join('.')
  return sent(address.href, [outside.cookie(request, 'journey', kept, JOURNEY_S)])
})

export const comeBack = call({
  id: 'comeBack',
  method: 'GET',
  path: BACK,
  tag: 'People',
  summary: 'Come back from the provider',
  description:
    'The address to register there. It leads to the studio: signed in, or with `?problem=` and a code where that cannot be.',
  who: 'anybody',
  answers: { 303: { description: 'To the studio' } },
  errors: ['not_found'],
}).route((context: PeopleContext) => async (request, server) => {
  const { openId, outside, vouched, signIn, trustProxy } = context
  if (openId === undefined || vouched === undefined) throw notHere()
  const base = outside.base(request)
  const over = outside.cookie(request, 'journey', '', 0)
  try {
    signIn.admit(peerAddress(request, server, trustProxy))
    const journey = journeyIn(outside.cookieIn(request, 'journey'))
    const back = new URL(`${base}${BACK}${new URL(request.url).search}`)
    const person = await vouched(await openId.finish(back, journey))
    const { cookie } = await beginSession(context, request, { person, how: openId.issuer })
    return sent(`${base}/studio/`, [over, cookie])
  } catch (cause) {
    // A person sees the response: the studio explains the code.
    if (cause instanceof RoarError) return sent(`${base}/studio/?problem=${cause.code}`, [over])
    throw cause
  }
})

function sent(location: string, cookies: string[]): Response {
  const headers = new Headers({ location, 'cache-control': 'no-store' })
  for (const cookie of cookies) headers.append('set-cookie', cookie)
  return new Response(null, { status: 303, headers })
}

/** A browser without one was sent by somebody else: RFC 9700 section 4.7. @throws RoarError wrong_sign_in */
function journeyIn(kept: string | undefined): Journey {
  const [state = '', nonce = '', verifier = ''] = kept?.split('.') ?? []
  if (verifier === '') throw new RoarError('wrong_sign_in', 'this sign-in was not started in this browser')
  return { state, nonce, verifier }
}

const notHere = () => new RoarError('not_found', 'no sign-in provider is configured here')
