import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { RoarError } from '../../protocol/errors.ts'
import type { TrailEntry } from '../../protocol/trail.ts'
import { startRoar, type TestRoar } from '../embedded.ts'
import { HANG_MS } from '../hang.ts'
import { SECRET, tokenOf } from '../polls/voting.ts'
import { invited, ownerOf, PASSWORD, type StudioClient, studioClient } from './studio-client.ts'

/** More of them with SEEDS=n. */
const RUNS = 12 * Number(process.env.SEEDS ?? 1)
const SHOW = '/shows/final'
const REASON = 'The office watches together'

let roar: TestRoar
let owner: StudioClient
let ann: StudioClient & { person: string }
let annElsewhere: StudioClient
let ben: StudioClient & { person: string }
let key: string
let polls = 0

beforeAll(async () => {
  roar = await startRoar('--auth-secret', SECRET)
  owner = await ownerOf(roar)
  const roles = [{ role: 'producer' }]
  ann = await invited(owner, roar.url, { email: 'ann@stadium.example', roles })
  ben = await invited(owner, roar.url, { email: 'ben@stadium.example', roles })
  annElsewhere = studioClient(roar.url)
  await annElsewhere.signIn('ann@stadium.example', PASSWORD)
  key = (await owner.send('POST', '/api-keys', { name: 'desk', scopes: ['producer'] })).body.secret
  await ann.send('PATCH', SHOW, { rules: { approvals: 2 } })
}, HANG_MS)
afterAll(() => roar.stop())

const machine = (bearer: string) => {
  const client = studioClient(roar.url)
  const headers = { authorization: `Bearer ${bearer}` }
  return {
    ...client,
    send: (method: string, path: string, body?: unknown) => client.send(method, path, body, headers),
  }
}

/** A new poll that was open and is closed. */
async function closedPoll(): Promise<string> {
  const poll = `p${polls++}`
  const choices = ['anna', 'ben'].map((choice) => ({ choice, title: choice }))
  await ann.send('POST', `${SHOW}/polls`, { poll, question: 'Who?', choices })
  await ann.send('POST', `${SHOW}/polls/${poll}/open`)
  await ann.send('POST', `${SHOW}/polls/${poll}/close`)
  return poll
}
const ask = (by: Pick<StudioClient, 'send'>, asked: object) =>
  by.send('POST', `${SHOW}/requests`, { reason: REASON, ...asked })
const decide = (by: Pick<StudioClient, 'send'>, request: string, how = 'approve') =>
  by.send('POST', `${SHOW}/requests/${request}/${how}`)
const pollOf = async (poll: string) => (await owner.send('GET', `${SHOW}/polls/${poll}`)).body
const trailOf = async (poll: string): Promise<TrailEntry[]> =>
  (await owner.send('GET', `${SHOW}/audit?limit=200`)).body.filter((entry: TrailEntry) => entry.poll === poll)

/** The next certificate cannot be made: what it is made from cannot be read. */
function failOnce(): void {
  const { polls } = roar.things.store!
  const { trail } = polls
  polls.trail = async () => {
    polls.trail = trail
    throw new RoarError('store_unavailable', 'the store fails')
  }
}

describe('where results take two people', () => {
  test('one cannot seal, nor count the quarantine or late votes, and close and reveal as ever', async () => {
    const poll = await closedPoll()
    for (const changes of [{ countQuarantined: true }, { countLate: false }, { answer: ['anna'] }])
      expect((await owner.send('PATCH', `${SHOW}/polls/${poll}`, changes)).body.code).toBe('approval_needed')
    expect((await owner.send('POST', `${SHOW}/polls/${poll}/reveal`)).status).toBe(200)
    expect((await owner.send('POST', `${SHOW}/polls/${poll}/seal`)).body.code).toBe('approval_needed')
    expect(await pollOf(poll)).toMatchObject({ state: 'revealed', countQuarantined: false, countLate: true })
  })

  test('one asks with a reason and another approves: it is done once, and the trail has both', async () => {
    const poll = await closedPoll()
    const asked = await ask(ann, { action: 'change', poll, changes: { countQuarantined: true } })
    expect(asked).toMatchObject({ status: 201, body: { poll, reason: REASON, by: { name: 'ann' } } })
    const { request } = asked.body
    // The same again, by whomever, is the one that waits.
    expect((await ask(ben, { action: 'change', poll, changes: { countQuarantined: true } })).body).toEqual(
      asked.body,
    )
    expect((await ben.send('GET', `${SHOW}/requests`)).body).toContainEqual(asked.body)
    expect((await pollOf(poll)).countQuarantined).toBe(false)
    const answers = await Promise.all([decide(ben, request), decide(owner, request), decide(ben, request)])
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect((await decide(ben, request)).status).toBe(200)
    expect((await pollOf(poll)).countQuarantined).toBe(true)
    expect((await ben.send('GET', `${SHOW}/requests`)).body).not.toContainEqual(asked.body)
    const trail = (await trailOf(poll)).map(({ action }) => action)
    expect(trail.filter((action) => ['ask', 'approve', 'change'].includes(action))).toEqual([
      'change',
      'approve',
      'ask',
    ])
    expect((await trailOf(poll))[0]!.detail).toEqual({
      countQuarantined: true,
      askedBy: 'ann@stadium.example of the studio',
      reason: REASON,
    })
    const sealing = (await ask(ben, { action: 'seal', poll })).body.request
    expect((await decide(ann, sealing)).status).toBe(200)
    expect((await pollOf(poll)).state).toBe('sealed')
    expect((await decide(ann, sealing)).status).toBe(200)
  })

  test('the same person is one, by whatever session; a token and a key are nobody', async () => {
    const poll = await closedPoll()
    const { request } = (await ask(ann, { action: 'seal', poll })).body
    for (const by of [ann, annElsewhere]) expect((await decide(by, request)).body.code).toBe('forbidden')
    for (const bearer of [key, tokenOf('eve', { role: 'producer' })]) {
      const code = async (answer: ReturnType<StudioClient['send']>) => (await answer).body.code
      expect(await code(decide(machine(bearer), request))).toBe('forbidden')
      expect(await code(ask(machine(bearer), { action: 'seal', poll }))).toBe('forbidden')
      expect(await code(machine(bearer).send('POST', `${SHOW}/polls/${poll}/seal`))).toBe('approval_needed')
    }
    expect((await pollOf(poll)).state).toBe('closed')
  })

  test('what was asked for is for the poll as it was then, and not after it was declined', async () => {
    const poll = await closedPoll()
    const stale = (await ask(ann, { action: 'seal', poll })).body.request
    await ann.send('POST', `${SHOW}/polls/${poll}/reveal`)
    expect((await decide(ben, stale)).body.code).toBe('stale')
    const replaced = (await ask(ann, { action: 'change', poll, changes: { countLate: false } })).body.request
    const { request } = (await ask(ann, { action: 'seal', poll })).body
    expect((await decide(ben, replaced)).body.code).toBe('not_found')
    expect((await decide(ann, request, 'decline')).status).toBe(200)
    expect((await decide(ann, request, 'decline')).status).toBe(200)
    expect((await decide(ben, request)).body.code).toBe('wrong_state')
    expect((await pollOf(poll)).state).toBe('revealed')
  })

  test('whoever asked and was taken out since has asked for nothing', async () => {
    const poll = await closedPoll()
    const cleo = await invited(owner, roar.url, {
      email: 'cleo@stadium.example',
      roles: [{ role: 'producer' }],
    })
    const { request } = (await ask(cleo, { action: 'seal', poll })).body
    await owner.send('DELETE', `/people/${cleo.person}`)
    expect((await decide(ben, request)).body.code).toBe('forbidden')
    expect((await pollOf(poll)).state).toBe('closed')
  })

  test('an approved seal whose certificate could not be made is done once it is approved again, as long as the poll is the same', async () => {
    const poll = await closedPoll()
    const { request, expires } = (await ask(ann, { action: 'seal', poll })).body
    failOnce()
    expect((await decide(ben, request)).body.code).toBe('store_unavailable')
    expect(await pollOf(poll)).toMatchObject({ state: 'closed' })
    const undone = (await owner.send('GET', `${SHOW}/requests`)).body
    expect(undone).toContainEqual(expect.objectContaining({ request, expires }))
    // Whoever asked does not carry it out either, and a third person may.
    expect((await decide(ann, request)).body.code).toBe('forbidden')
    expect((await decide(owner, request)).status).toBe(200)
    expect((await pollOf(poll)).state).toBe('sealed')
    expect((await owner.send('GET', `${SHOW}/requests`)).body).not.toContainEqual(
      expect.objectContaining({ request }),
    )
    const [sealed, approved] = await trailOf(poll)
    expect([sealed!.action, approved!.action]).toEqual(['seal', 'approve'])
    expect([sealed!.who, approved!.who]).toEqual(Array(2).fill('ben@stadium.example of the studio'))
  })

  test('and not once it has changed since', async () => {
    const poll = await closedPoll()
    const { request } = (await ask(ann, { action: 'seal', poll })).body
    failOnce()
    expect((await decide(ben, request)).body.code).toBe('store_unavailable')
    expect((await ann.send('POST', `${SHOW}/polls/${poll}/reveal`)).status).toBe(200)
    expect((await decide(ben, request)).body.code).toBe('stale')
    expect((await pollOf(poll)).state).toBe('revealed')
  })

  test('a schedule seals nothing: the poll waits, without votes, for two people', async () => {
    const poll = await closedPoll()
    const { closes } = await pollOf(poll)
    expect((await ann.send('PATCH', `${SHOW}/polls/${poll}`, { seals: closes })).status).toBe(200)
    // Twice as long as the schedule takes to look.
    await Bun.sleep(600)
    expect((await pollOf(poll)).state).toBe('closed')
  })

  test('nobody takes the rule away by themselves', async () => {
    for (const by of [ann, owner, machine(key)])
      expect((await by.send('PATCH', SHOW, { rules: { approvals: 1 } })).body.code).toBe('approval_needed')
    const { request } = (await ask(ann, { action: 'one-approval' })).body
    expect((await decide(ann, request)).body.code).toBe('forbidden')
    expect((await decide(owner, request)).status).toBe(200)
    const one = await ask(ann, { action: 'one-approval' })
    expect(one.body.code).toBe('wrong_state')
    const poll = await closedPoll()
    const reasoned = { countQuarantined: true, reason: REASON }
    expect((await ann.send('PATCH', `${SHOW}/polls/${poll}`, reasoned)).status).toBe(200)
    expect((await trailOf(poll))[0]!.detail).toEqual(reasoned)
    await ann.send('PATCH', SHOW, { rules: { approvals: 2 } })
    // Approved once is not approved for ever.
    await decide(owner, request)
    expect((await owner.send('POST', `${SHOW}/polls/${poll}/seal`)).body.code).toBe('approval_needed')
  })

  test('whatever they try, in whatever order, nothing of a result changes but by two of them', async () => {
    const whom = fc.constantFrom('ann', 'annElsewhere', 'ben', 'key')
    const what = fc.constantFrom(
      'seal',
      'count',
      'uncount',
      'ask-seal',
      'ask-count',
      'approve',
      'decline',
      'reveal',
      'together',
    )
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(whom, what), { minLength: 4, maxLength: 14 }), async (steps) => {
        const clients = { ann, annElsewhere, ben, key: machine(key) }
        const poll = await closedPoll()
        let request = 'none'
        for (const [who, step] of steps) {
          const by = clients[who]
          if (step === 'seal' || step === 'reveal') await by.send('POST', `${SHOW}/polls/${poll}/${step}`)
          else if (step === 'count' || step === 'uncount')
            await by.send('PATCH', `${SHOW}/polls/${poll}`, { countQuarantined: step === 'count' })
          else if (step.startsWith('ask')) {
            const asked =
              step === 'ask-seal'
                ? { action: 'seal' }
                : { action: 'change', changes: { countQuarantined: true } }
            request = (await ask(by, { poll, ...asked })).body.request ?? request
          } else if (step === 'together')
            await Promise.all([ann, annElsewhere].map((each) => decide(each, request)))
          else await decide(by, request, step)
        }
        // Oldest first: each change of a result has right before it that it was asked for and approved, by two.
        const trail = (await trailOf(poll)).reverse()
        let [askedBy, approvedBy] = ['', '']
        for (const { action, who } of trail) {
          if (action === 'ask') [askedBy, approvedBy] = [who, '']
          if (action === 'approve') approvedBy = who
          if (action !== 'seal' && action !== 'change') continue
          expect(new Set([askedBy, approvedBy].filter(Boolean)).size).toBe(2)
          approvedBy = ''
        }
        const after = await pollOf(poll)
        expect(after.state === 'sealed').toBe(trail.some(({ action }) => action === 'seal'))
        expect(after.countQuarantined).toBe(trail.some(({ action }) => action === 'change'))
      }),
      { numRuns: RUNS },
    )
  })
})
