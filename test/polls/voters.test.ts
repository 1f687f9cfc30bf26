import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { commands } from '../../cli/commands/poll.ts'
import type { GuestAnswer } from '../../protocol/packets.ts'
import { VOTERS_MEAN } from '../../protocol/polls.ts'
import { runCommand } from '../command-line.ts'
import { SECRET, startVoting, tokenOf } from './voting.ts'

const ISSUER = 'https://login.example'
let roar: Awaited<ReturnType<typeof startVoting>>
let guest: string
beforeAll(async () => {
  roar = await startVoting({ flags: ['--auth-verified', `${ISSUER} phone_number_verified=true`] })
  guest = ((await (await roar.request('POST', '/v1/viewers')).json()) as GuestAnswer).token
})
afterAll(async () => {
  await roar.stop()
  roar.data.remove()
})

async function openPoll(poll: string, rules: object): Promise<void> {
  expect(await roar.create(poll, rules)).toMatchObject({ status: 201 })
  await roar.act(poll, 'open')
}
const voteOf = async (poll: string, token: string): Promise<string | number> => {
  const { status, problem } = await roar.vote(poll, token, { choice: 'anna' })
  return status === 403 ? problem.code : status
}

describe('who may vote is the rule of the poll', () => {
  const signedIn = () => tokenOf(`ann-${crypto.randomUUID()}`, { iss: ISSUER })
  const verified = () => tokenOf(`ann-${crypto.randomUUID()}`, { iss: ISSUER, phone_number_verified: true })
  test.each([
    ['guests', 201, 201, 201],
    ['signed-in', 'forbidden', 201, 201],
    ['verified', 'forbidden', 'forbidden', 201],
  ])('%s', async (voters, ofGuest, ofSignedIn, ofVerified) => {
    await openPoll(voters, { voters })
    expect(await voteOf(voters, guest)).toBe(ofGuest)
    expect(await voteOf(voters, signedIn())).toBe(ofSignedIn)
    expect(await voteOf(voters, verified())).toBe(ofVerified)
    expect((await roar.poll(voters)).voters as string).toBe(voters)
  })

  test('it stands from the opening on, and is a word of three', async () => {
    await openPoll('stands', { voters: 'verified' })
    expect((await roar.studio('PATCH', 'polls/stands', { voters: 'guests' })).body.code).toBe('wrong_state')
    for (const voters of ['everybody', '', null, ['guests']])
      expect(await roar.create('bad', { voters })).toMatchObject({ status: 400, body: { code: 'bad_poll' } })
  })

  test('in the demo show, where nobody can sign in, it is guests unless the producer says otherwise', async () => {
    await openPoll('demo', {})
    expect((await roar.poll('demo')).voters).toBe('guests')
  })

  test('one sub of two issuers is two voters: none sees, or changes, the other’s answer', async () => {
    await openPoll('two', { voters: 'signed-in', change: true })
    const [one, two] = [ISSUER, 'https://other.example'].map((iss) => tokenOf('42', { iss }))
    const first = await roar.vote('two', one, { choice: 'anna' })
    expect(first.status).toBe(201)
    expect((await roar.poll('two', two)).mine).toBeUndefined()
    expect((await roar.vote('two', two, { choice: 'ben' })).status).toBe(201)
    expect((await roar.poll('two', one)).mine!.ballot).toBe(first.receipt.ballot)
    expect((await roar.counted('two', 2)).ballots).toBe(2)
  })
})

test('a poll that is made on the command line says what its voters mean', async () => {
  const token = tokenOf('boss', { role: 'producer' }, { secret: SECRET })
  const choices = ['--choice', 'a=A', '--choice', 'b=B']
  const where = ['--url', roar.url, '--token', token]
  const rules = ['--question', 'Who?', ...choices, '--voters', 'guests']
  const { code, error } = await runCommand(commands, 'poll create', ['final', 'cli', ...rules, ...where])
  expect(code).toBe(0)
  expect(error).toContain(`voters: guests. ${VOTERS_MEAN.guests}`)
})
