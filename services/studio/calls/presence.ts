import * as v from 'valibot'
import type { Here } from '../../../protocol/people.ts'
import { answer, call, json } from '../../http/call/call.ts'
import { component, id, text } from '../../http/call/schemas.ts'
import type { StudioContext } from '../context.ts'

/** Somebody who has not reported presence for this long counts as absent, in milliseconds: three times the studio's interval. */
const PRESENT_MS = 15_000

const HereSchema = component<Here>()(
  'Here',
  v.object({ name: text, screen: v.pipe(id, v.description('As the studio’s addresses have it')) }),
)

export const sayPresence = call({
  id: 'sayPresence',
  method: 'PUT',
  path: '/v1/studio/shows/{show}/presence',
  tag: 'Studio',
  summary: 'Report which screen of a show you are on, and get who else is there',
  description: `Good for ${PRESENT_MS / 1000} s, so the studio says it every 5. \`tab\` tells one person’s windows apart. It is kept in no trail.`,
  who: 'member',
  body: json(v.strictObject({ screen: id, tab: id }), { screen: 'desk', tab: 'k2vq5o7y' }),
  answers: { 200: answer('The others', v.array(HereSchema), [{ name: 'Ben', screen: 'prepare' }]) },
  errors: ['store_unavailable'],
}).handle(async ({ store, clock }: StudioContext, { params: { show }, caller, body: { screen, tab } }) => {
  const now = clock.now()
  const here = { show, who: caller.who, tab, name: caller.name, screen, at: now }
  return { status: 200, body: await store.people.present(here, now - PRESENT_MS) }
})
