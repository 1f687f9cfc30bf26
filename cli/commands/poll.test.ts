import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { runCommand } from '../../test/command-line.ts'
import { startRoar, type TestRoar } from '../../test/embedded.ts'
import { SECRET, tokenOf, votingClient } from '../../test/polls/voting.ts'
import { commands } from './poll.ts'

const poll = (step: string, ...argv: string[]) => runCommand(commands, `poll ${step}`, argv)

describe('what cannot be is refused before the server is asked, with the value and an example', () => {
  const two = ['--choice', 'a=A', '--choice', 'b=B']
  const asked = ['final', 'mvp', '--question', 'Who?']
  test.each([
    ['create', ['final', 'mvp', ...two], '--question: is missing, such as --question "Player'],
    ['create', asked, '--choice: is missing: a poll has at least two, --choice anna=Anna --choice ben=Ben'],
    ['create', [...asked, '--choice', 'a=A'], '--choice: "a=A" is the only one: a poll has at least two'],
    ['create', [...asked, '--choice', 'a', '--choice', 'b'], '--choice: "a" is not ID=TITLE'],
    ['create', [...asked, ...two, '--closes', '1795700000'], '--closes: "1795700000" is not in milliseconds'],
    ['create', [...asked, ...two, '--closes', '2026-02-30'], '--closes: "2026-02-30" is no day'],
    ['create', [...asked, ...two, '--closes', '2020-01-01'], '--closes: "2020-01-01" is in the past'],
    ['create', [...asked, ...two, '--opens', '+2m', '--closes', '+1m'], '--closes: is not after --opens'],
    ['create', [...asked, ...two, '--for', '60s'], '--for: needs --opens'],
    ['create', [...asked, ...two, '--opens', '+1m', '--for', '60'], '--for: "60" is not a length of time'],
    ['create', [...asked, ...two, '--kind', 'two'], '--kind: "two" is not one of: one, several, points'],
    [
      'create',
      [...asked, ...two, '--visibilty', 'live'],
      '--visibilty: is not a setting; did you mean --visibility?',
    ],
    ['open', ['final'], 'poll open: POLL is missing: roar poll open SHOW POLL'],
    ['show', [], 'poll show: SHOW is missing: roar poll show SHOW [POLL]'],
    ['close', ['final', 'mvp', 'now'], 'poll close: "now" is too many'],
    ['show', ['final', '--token', 't', '--as', 'ann'], '--as: has no effect with a token'],
    [
      'show',
      ['final', '--token', 't', '--url', 'http://127.0.0.1:1'],
      'url: http://127.0.0.1:1 cannot be reached: nothing listens there',
    ],
  ])('%s %j', async (name, argv, sentence) => {
    const refusal = await poll(name, ...argv).catch((error: Error) => error.message)
    expect(refusal).toStartWith(sentence)
  })
})

describe('a poll led by hand', () => {
  let roar: TestRoar
  let where: string[]
  beforeAll(async () => {
    roar = await startRoar('--auth-secret', SECRET)
    where = ['--url', roar.url, '--token', tokenOf('boss', { role: 'producer' })]
  })
  afterAll(() => roar.stop())

  test('is made, opened for a minute, shown as a table, changed, closed and sealed', async () => {
    const choices = ['--choice', 'anna=Anna', '--choice', 'ben=Ben']
    const rules = ['--question', 'Player of the match?', '--visibility', 'live', '--voters', 'signed-in']
    const made = await poll('create', 'final', 'mvp', ...rules, ...choices, ...where)
    expect(made.out).toStartWith('final/mvp  draft, until it is opened\nPlayer of the match?\n')
    expect(made.out).toMatch(/^anna +Anna$/m)
    expect(made.error).toContain('voters: signed-in')

    const opened = await poll('open', 'final', 'mvp', '--for', '60s', '--json', ...where)
    const { opens, closes } = JSON.parse(opened.out)
    expect(closes - opens).toBe(60_000)
    const client = votingClient(roar.url)
    for (const voter of ['a', 'b', 'c']) {
      const choice = voter === 'c' ? 'ben' : 'anna'
      expect((await client.vote('mvp', tokenOf(voter), { choice })).status).toBe(201)
      if (voter !== 'a') continue
      await client.counted('mvp', 1)
      expect((await poll('show', 'final', 'mvp', ...where)).out).toContain('1 viewer voted\n')
    }
    await client.counted('mvp', 3)
    const shown = await poll('show', 'final', 'mvp', ...where)
    expect(shown.out).toMatch(/^final\/mvp {2}open, closes in \d\d s \(/)
    expect(shown.out).toMatch(/^anna +Anna +2 +66\.7 %$/m)
    expect(shown.out).toMatch(/^ben +Ben +1 +33\.3 %$/m)
    expect(shown.out).toContain('3 viewers voted\n')
    expect((await poll('show', 'final', ...where)).out).toMatch(
      /^mvp +open +closes in .*Player of the match\?$/m,
    )

    const json = JSON.parse((await poll('show', 'final', 'mvp', '--json', ...where)).out)
    expect(json.tally.withoutQuarantined.counts).toEqual({ anna: 2, ben: 1 })

    expect((await poll('change', 'final', 'mvp', '--closes', '+2m', ...where)).code).toBe(0)
    const closed = await poll('close', 'final', 'mvp', ...where)
    expect(closed.out).toStartWith('final/mvp  closed\n')
    expect(closed.out).toContain('3 viewers voted\n')
    const again = await poll('open', 'final', 'mvp', ...where)
    expect(again).toMatchObject({ code: 1, error: expect.stringContaining('roar: wrong_state: ') })
    const sealed = await poll('seal', 'final', 'mvp', ...where)
    expect(sealed.out).toMatch(/^final\/mvp {2}sealed, certificate \S+\n/)
    expect(sealed.out).toMatch(/^anna +Anna +2 +66\.7 %$/m)
    const watched = await poll('watch', 'final', 'mvp', ...where)
    expect(watched.out).toContain('3 viewers voted')
    const certificate = JSON.parse((await poll('certificate', 'final', 'mvp', ...where)).out)
    expect(certificate.statement.ballots).toBe(3)
  })
})

test('whoever has no token is on the trail by the name that is given', async () => {
  const roar = await startRoar()
  const where = ['--url', roar.url, '--data', roar.data]
  const rules = ['--question', 'Who?', '--choice', 'a=A', '--choice', 'b=B', '--as', 'ann']
  expect((await poll('create', 'final', 'mvp', ...rules, ...where)).code).toBe(0)
  const trail = await roar.things.store!.polls.trail('final', { limit: 10 })
  expect(JSON.stringify(trail)).toContain('"who":"ann"')
  await roar.stop()
})
