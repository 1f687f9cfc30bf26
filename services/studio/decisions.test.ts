import { expect, test } from 'bun:test'
import pino from 'pino'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { MemoryLog } from '../../adapters/memory/log-memory.ts'
import { MemoryStore } from '../../adapters/memory/store-memory.ts'
import { DEMO_SHOW } from '../../engine/demo-show.ts'
import { REQUEST_MS } from '../../engine/polls/two-people.ts'
import { DEFAULT_RULES } from '../../engine/shows/life.ts'
import { ShowDirectory } from '../directory/directory.ts'
import type { Member } from '../identity/member.ts'
import { UNSUPERVISED } from '../supervision/unsupervised.ts'
import { createControl } from './control.ts'
import { approve, ask, waitingRequests } from './decisions.ts'
import { announceShows } from './shows.ts'

const NOW = 1_795_349_712_000
const roles = [{ role: 'producer' as const }]
const member = (person: string) =>
  ({ who: person, name: person, grants: roles, signedIn: { person, session: person } }) as unknown as Member

test('a request that nobody approved for a quarter of an hour has expired: it is listed and approved no more', async () => {
  const clock = new ManualClock(NOW)
  const log = new MemoryLog({ clock })
  const store = new MemoryStore()
  const rules = { ...DEFAULT_RULES, approvals: 2 }
  await announceShows({ store, log, first: { ...DEMO_SHOW, rules } })
  const person = { person: 'ann', email: 'ann@stadium.example', name: 'ann', roles, made: NOW, version: 1 }
  await store.people.write({ person }, NOW)
  const directory = new ShowDirectory({ log, logger: pino({ level: 'silent' }), health: UNSUPERVISED })
  await directory.caughtUp()
  const control = createControl({ store, log, directory, clock, leadMs: 1 })
  const never = () => expect.unreachable()
  const context = { store, log, directory, clock, control, change: never, changeShow: never, certify: never }
  const asked = { show: 'final', poll: '', action: 'one-approval' as const, reason: 'Ben is ill' }
  const first = await ask(context, member('ann'), asked)
  clock.advance(REQUEST_MS - 1)
  expect(await waitingRequests(context, 'final')).toEqual([first])
  expect(await ask(context, member('ben'), asked)).toEqual(first)
  clock.advance(1)
  expect(await waitingRequests(context, 'final')).toEqual([])
  expect(approve(context, member('ben'), 'final', first.request)).rejects.toMatchObject({
    code: 'wrong_state',
    message: 'the request has expired: request it again',
  })
  const again = await ask(context, member('ann'), asked)
  expect([again.request === first.request, again.expires]).toEqual([false, NOW + 2 * REQUEST_MS])
  await directory.close()
  await log.close()
})
