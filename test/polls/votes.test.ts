import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { once } from 'node:events'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { receiptFault } from '../../engine/polls/receipts.ts'
import type { ERRORS } from '../../protocol/errors.ts'
import type { GuestAnswer } from '../../protocol/packets.ts'
import type { Ballot, Certificate, PollDocument } from '../../protocol/polls.ts'
import type { TrailEntry } from '../../protocol/trail.ts'
import { decodeBallot, encodeBallot } from '../../services/polls/ballot-codec.ts'
import type { JwkSet } from '../../services/polls/signing-keys.ts'
import { signatureVerifier } from '../../services/polls/signing-keys.ts'
import { sha256 } from '../../services/sha256.ts'
import { until } from '../until.ts'
import { startVoting, tokenOf } from './voting.ts'

let roar: Awaited<ReturnType<typeof startVoting>>
beforeAll(async () => {
  roar = await startVoting()
})
afterAll(async () => {
  await roar.stop()
  roar.data.remove()
})

let polls = 0
/** A fresh poll that is open, with live counts. */
async function openPoll(rules: object = {}): Promise<string> {
  const poll = `poll-${polls++}`
  expect((await roar.create(poll, { visibility: 'live', ...rules })).status).toBe(201)
  expect((await roar.act(poll, 'open')).status).toBe(200)
  return poll
}

describe('a bad vote has its code, and the tally does not move', () => {
  interface Case {
    what: string
    kind?: 'one' | 'several' | 'points'
    token?: () => string | undefined
    answer?: unknown
    status: number
    code: keyof typeof ERRORS
  }
  const none = `${btoa('{"alg":"none"}').replaceAll('=', '')}.${btoa('{"sub":"eve","exp":9999999999}').replaceAll('=', '')}.`
  const cases: Case[] = [
    { what: 'without a token', token: () => undefined, status: 401, code: 'unauthorized' },
    {
      what: 'with a token forged with another key',
      token: () => tokenOf('eve', {}, { secret: 'x'.repeat(40) }),
      status: 401,
      code: 'unauthorized',
    },
    {
      what: 'with a token whose claims were changed',
      token: () => tokenOf('eve').replace(/\.[^.]+\./, `.${btoa('{"sub":"ann","exp":9999999999}')}.`),
      status: 401,
      code: 'unauthorized',
    },
    {
      what: 'with an expired token',
      token: () => tokenOf('eve', { exp: 1 }),
      status: 401,
      code: 'unauthorized',
    },
    {
      what: 'with a token that is not valid yet',
      token: () => tokenOf('eve', { nbf: 9_999_999_998 }),
      status: 401,
      code: 'unauthorized',
    },
    {
      what: 'with a token without an end',
      token: () => tokenOf('eve', { exp: undefined }),
      status: 401,
      code: 'unauthorized',
    },
    {
      what: 'with a token without a viewer',
      token: () => tokenOf(undefined),
      status: 401,
      code: 'unauthorized',
    },
    {
      what: 'with a token whose viewer is no text',
      token: () => tokenOf(7),
      status: 401,
      code: 'unauthorized',
    },
    { what: 'with alg none', token: () => none, status: 401, code: 'unauthorized' },
    {
      what: 'with a token that says HS512',
      token: () => tokenOf('eve', {}, { header: { alg: 'HS512' } }),
      status: 401,
      code: 'unauthorized',
    },
    {
      what: "with another show's token",
      token: () => tokenOf('eve', { show: 'other' }),
      status: 403,
      code: 'forbidden',
    },
    { what: 'with no body', answer: '', status: 400, code: 'bad_json' },
    { what: 'that is not JSON', answer: 'anna', status: 400, code: 'bad_json' },
    { what: 'that is a list', answer: ['anna'], status: 400, code: 'bad_request' },
    { what: 'that is null', answer: 'null', status: 400, code: 'bad_request' },
    { what: 'without an answer', answer: {}, status: 400, code: 'bad_choice' },
    {
      what: 'with two answers',
      answer: { choice: 'anna', choices: ['ben'] },
      status: 400,
      code: 'bad_choice',
    },
    { what: 'of another kind', answer: { choices: ['anna'] }, status: 400, code: 'bad_choice' },
    { what: 'for an unknown choice', answer: { choice: 'eve' }, status: 400, code: 'unknown_choice' },
    {
      what: 'for the name of a method',
      answer: { choice: 'constructor' },
      status: 400,
      code: 'unknown_choice',
    },
    { what: 'for a number', answer: { choice: 7 }, status: 400, code: 'bad_request' },
    {
      what: 'with a receipt that is none',
      answer: { choice: 'anna', receipt: { ballot: 'x' } },
      status: 400,
      code: 'bad_receipt',
    },
    { what: 'of 5 KiB', answer: { choice: 'anna', note: 'x'.repeat(5000) }, status: 413, code: 'too_large' },
    {
      what: 'with too many choices',
      kind: 'several',
      answer: { choices: ['anna', 'ben', 'cleo'] },
      status: 400,
      code: 'bad_choice',
    },
    { what: 'with no choices', kind: 'several', answer: { choices: [] }, status: 400, code: 'bad_choice' },
    {
      what: 'with a choice twice',
      kind: 'several',
      answer: { choices: ['anna', 'anna'] },
      status: 400,
      code: 'bad_choice',
    },
    {
      what: 'with one unknown of several',
      kind: 'several',
      answer: { choices: ['anna', 'eve'] },
      status: 400,
      code: 'unknown_choice',
    },
    {
      what: 'with choices that are no list',
      kind: 'several',
      answer: { choices: 'anna' },
      status: 400,
      code: 'bad_request',
    },
    {
      what: 'with negative points',
      kind: 'points',
      answer: { points: { anna: -1, ben: 5 } },
      status: 400,
      code: 'bad_points',
    },
    {
      what: 'with fractional points',
      kind: 'points',
      answer: { points: { anna: 1.5 } },
      status: 400,
      code: 'bad_points',
    },
    {
      what: 'with no point at all',
      kind: 'points',
      answer: { points: { anna: 0 } },
      status: 400,
      code: 'bad_points',
    },
    {
      what: 'with too many points',
      kind: 'points',
      answer: { points: { anna: 7, ben: 4 } },
      status: 400,
      code: 'bad_points',
    },
    {
      what: 'with 1e300 points',
      kind: 'points',
      answer: '{"points":{"anna":1e300}}',
      status: 400,
      code: 'bad_points',
    },
    {
      what: 'with points as text',
      kind: 'points',
      answer: { points: { anna: '7' } },
      status: 400,
      code: 'bad_points',
    },
    {
      what: 'with points for nobody',
      kind: 'points',
      answer: { points: {} },
      status: 400,
      code: 'bad_points',
    },
    {
      what: 'with points for an unknown choice',
      kind: 'points',
      answer: { points: { eve: 1 } },
      status: 400,
      code: 'unknown_choice',
    },
    {
      what: 'with a list of points',
      kind: 'points',
      answer: { points: [7, 3] },
      status: 400,
      code: 'bad_request',
    },
  ]
  const open = new Map<string, string>()
  beforeAll(async () => {
    open.set('one', await openPoll())
    open.set('several', await openPoll({ kind: 'several', max: 2 }))
    open.set('points', await openPoll({ kind: 'points', max: 10 }))
  })
  for (const { what, kind = 'one', token = () => tokenOf('eve'), answer, status, code } of cases) {
    test(what, async () => {
      const poll = open.get(kind)!
      const vote = await roar.vote(poll, token(), answer ?? { choice: 'anna' })
      expect([vote.status, vote.problem.code]).toEqual([status, code])
    })
  }
  test('and after all of them nothing is counted', async () => {
    for (const poll of open.values()) {
      const good = await roar.vote(
        poll,
        tokenOf('ann'),
        { one: { choice: 'ben' }, several: { choices: ['ben'] }, points: { points: { ben: 1 } } }[
          [...open].find(([, id]) => id === poll)![0]
        ],
      )
      expect(good.status).toBe(201)
      const { ballots, counts } = await roar.counted(poll, 1)
      expect([ballots, counts]).toEqual([1, { anna: 0, ben: 1, cleo: 0 }])
    }
  })
  test('for an unknown poll or show', async () => {
    expect((await roar.vote('nope', tokenOf('eve'), { choice: 'anna' })).problem.code).toBe('unknown_poll')
    const other = await roar.request('POST', '/v1/shows/nope/polls/mvp/votes', tokenOf('eve'), {
      choice: 'anna',
    })
    expect(other.status).toBe(404)
  })
})

describe('time decides by the millisecond in which the server has the vote', () => {
  test('a vote a millisecond before the opening or after the end is refused, and one within the grace is marked late', async () => {
    const clock = new ManualClock(1_795_349_712_000)
    const timed = await startVoting({ clock })
    try {
      const opens = clock.now() + 1000
      const closes = opens + 1000
      await timed.create('mvp', { opens, closes, graceMs: 500, visibility: 'live' })
      await timed.create('strict', { opens, closes, graceMs: 500, visibility: 'live', countLate: false })
      const at = async (ms: number, viewer: string, poll = 'mvp') => {
        clock.advance(ms - clock.now())
        const { status, problem, receipt } = await timed.vote(poll, tokenOf(viewer), { choice: 'anna' })
        return status === 201 ? (receipt.late ? 'late' : 'in time') : problem.code
      }
      expect(await at(opens - 1, 'early')).toBe('poll_closed')
      expect(await at(opens, 'first')).toBe('in time')
      expect(await at(opens, 'first', 'strict')).toBe('in time')
      expect(await at(closes - 1, 'last')).toBe('in time')
      expect(await at(closes, 'delayed')).toBe('late')
      expect(await at(closes, 'delayed', 'strict')).toBe('late')
      expect(await at(closes + 499, 'more delayed')).toBe('late')
      expect(await at(closes + 500, 'too late')).toBe('poll_closed')
      // Whoever has voted in time is told so, whenever they ask again.
      expect((await timed.vote('mvp', tokenOf('first'), { choice: 'anna' })).status).toBe(200)
      const counts = async (poll: string, ballots: number) => {
        for (;;) {
          clock.advance(50)
          const document = await timed.poll(poll)
          if (document.ballots >= ballots) return document.ballots
        }
      }
      expect(await counts('mvp', 4)).toBe(4)
      expect(await counts('strict', 1)).toBe(1)
      await timed.studio('PATCH', 'polls/strict', { countLate: true })
      expect((await timed.poll('strict')).ballots).toBe(2)
    } finally {
      await timed.stop()
      timed.data.remove()
    }
  })

  test('a poll goes through its whole life by its schedule', async () => {
    const clock = new ManualClock(1_795_349_712_000)
    const timed = await startVoting({ clock })
    try {
      const [opens, closes] = [clock.now() + 1000, clock.now() + 2000]
      const rules = { opens, closes, graceMs: 500, reveals: closes + 100, seals: closes + 200 }
      await timed.create('mvp', { ...rules, visibility: 'revealed', answer: ['anna'] })
      const at = async (ms: number) => {
        clock.advance(ms - clock.now())
        const { state, counts, answer } = await timed.poll('mvp')
        return [state, counts !== undefined, answer]
      }
      expect(await at(opens)).toEqual(['open', false, undefined])
      expect((await timed.vote('mvp', tokenOf('ann'), { choice: 'anna' })).status).toBe(201)
      expect(await at(closes)).toEqual(['closed', false, undefined])
      expect(await at(closes + 99)).toEqual(['closed', false, undefined])
      expect(await at(closes + 100)).toEqual(['revealed', true, ['anna']])
      // Late votes are accepted still, so the seal waits.
      expect(await at(closes + 499)).toEqual(['revealed', true, ['anna']])
      while ((await at(clock.now() + 50))[0] !== 'sealed');
      const { statement } = await timed.json<Certificate>('/v1/shows/final/polls/mvp/certificate')
      expect([statement.ballots, statement.sealed >= closes + 500]).toEqual([1, true])
      const trail = (await timed.studio('GET', 'audit')).body as unknown as TrailEntry[]
      expect(trail.map(({ who, action, at }) => [who, action, at])).toEqual([
        ['schedule', 'seal', expect.any(Number)],
        ['schedule', 'reveal', closes + 100],
        ['schedule', 'close', closes],
        ['schedule', 'open', opens],
        [expect.any(String), 'create', expect.any(Number)],
      ])
    } finally {
      await timed.stop()
      timed.data.remove()
    }
  })

  test('a poll that was closed by hand takes no more votes', async () => {
    const poll = await openPoll()
    expect((await roar.act(poll, 'close')).status).toBe(200)
    expect((await roar.vote(poll, tokenOf('late'), { choice: 'anna' })).problem.code).toBe('poll_closed')
  })
})

test('a vote whose body comes after the poll was closed, or sealed, is refused: its head says nothing of the time', async () => {
  const poll = await openPoll()
  const body = JSON.stringify({ choice: 'anna' })
  const start = async (viewer: string) => {
    const { hostname, port } = new URL(roar.url)
    const socket = connect(Number(port), hostname)
    await once(socket, 'connect')
    const head = `POST /v1/shows/final/polls/${poll}/votes HTTP/1.1\r\nHost: roar\r\nAuthorization: Bearer ${tokenOf(viewer)}`
    socket.write(`${head}\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 5)}`)
    return async () => {
      socket.end(body.slice(5))
      return (await new Response(Readable.toWeb(socket) as never).text()).split('\r\n\r\n')[1]!
    }
  }
  const [first, second] = [await start('slow'), await start('slower')]
  // On the server both heads have come once what was sent after them is answered.
  expect((await roar.vote(poll, tokenOf('ann'), { choice: 'ben' })).status).toBe(201)
  await roar.act(poll, 'close')
  expect(JSON.parse(await first()).code).toBe('poll_closed')
  expect((await roar.act(poll, 'seal')).status).toBe(200)
  expect(JSON.parse(await second()).code).toBe('poll_closed')
  expect((await roar.poll(poll)).counts).toEqual({ anna: 0, ben: 1, cleo: 0 })
})

describe('a viewer counts once', () => {
  test('100 connections at once with the same call: one is counted, and all get the same receipt', async () => {
    const poll = await openPoll()
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => roar.vote(poll, tokenOf('ann'), { choice: 'anna' })),
    )
    expect(answers.map(({ status }) => status).toSorted()).toEqual([...Array(99).fill(200), 201])
    expect(new Set(answers.map(({ receipt }) => JSON.stringify(receipt))).size).toBe(1)
    expect((await roar.counted(poll, 1)).counts).toEqual({ anna: 1, ben: 0, cleo: 0 })
  })

  test('100 connections at once with different answers: one is counted, the others are told', async () => {
    const poll = await openPoll()
    const ids = ['anna', 'ben', 'cleo']
    const answers = await Promise.all(
      Array.from({ length: 99 }, (_, i) => roar.vote(poll, tokenOf('ann'), { choice: ids[i % 3] })),
    )
    const first = answers.find(({ status }) => status === 201)!
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    for (const { status, receipt, problem } of answers) {
      if (status === 409) expect(problem.code).toBe('already_voted')
      else expect(receipt).toEqual(first.receipt)
    }
    expect((await roar.counted(poll, 1)).counts![first.receipt.answer.choice[0]!]).toBe(1)
  })

  test('an answer that may be changed is counted as it was last, in the segment it was last', async () => {
    const poll = await openPoll({ change: true })
    const home = tokenOf('ann', { segment: 'home' })
    const away = tokenOf('ann', { segment: 'away' })
    const first = await roar.vote(poll, home, { choice: 'anna' })
    const second = await roar.vote(poll, away, { choice: 'ben' })
    expect([first.status, second.status]).toEqual([201, 201])
    expect(second.receipt.ordinal).toBe(2)
    expect((await roar.vote(poll, away, { choice: 'ben' })).status).toBe(200)
    await roar.vote(poll, tokenOf('bob'), { choice: 'anna' })
    const document = await roar.counted(poll, 2)
    expect(document.counts).toEqual({ anna: 1, ben: 1, cleo: 0 })
    // So small a segment would tell viewers how its one voter voted: only the producers see it.
    expect(document.segments).toEqual({})
    const { tally } = (await roar.studio('GET', `polls/${poll}`)).body as {
      tally: { withQuarantined: PollDocument }
    }
    expect(tally.withQuarantined.segments).toEqual({
      away: { ballots: 1, counts: { anna: 0, ben: 1, cleo: 0 } },
      home: { ballots: 0, counts: { anna: 0, ben: 0, cleo: 0 } },
    })
  })

  test('a change that presents an older receipt than the newest answer is a delayed one, and changes nothing', async () => {
    const poll = await openPoll({ change: true })
    const token = tokenOf('ann')
    const { receipt } = await roar.vote(poll, token, { choice: 'anna' })
    expect((await roar.vote(poll, token, { choice: 'ben', receipt })).status).toBe(201)
    expect((await roar.vote(poll, token, { choice: 'cleo', receipt })).problem.code).toBe('already_voted')
    expect((await roar.vote(poll, token, { choice: 'ben', receipt })).status).toBe(200)
  })

  test("another viewer's receipt is refused", async () => {
    const poll = await openPoll({ change: true })
    const { receipt } = await roar.vote(poll, tokenOf('ann'), { choice: 'anna' })
    expect((await roar.vote(poll, tokenOf('eve'), { choice: 'ben', receipt })).problem.code).toBe(
      'bad_receipt',
    )
    expect((await roar.counted(poll, 1)).counts).toEqual({ anna: 1, ben: 0, cleo: 0 })
  })

  test('a receipt whose signature is no text is refused like any that is not good', async () => {
    const poll = await openPoll({ change: true })
    const { receipt } = await roar.vote(poll, tokenOf('ann'), { choice: 'anna' })
    for (const signature of [5, null, {}]) {
      const forged = { ...receipt, proof: { ...receipt.proof, signature } }
      const change = await roar.vote(poll, tokenOf('ann'), { choice: 'ben', receipt: forged })
      expect([change.status, change.problem.code]).toEqual([400, 'bad_receipt'])
    }
  })

  test('the token alone says who votes: a viewer and a segment in the body are ignored', async () => {
    const poll = await openPoll()
    await roar.vote(poll, tokenOf('ann'), { choice: 'anna', viewer: 'bob', segment: 'home' })
    expect((await roar.vote(poll, tokenOf('bob'), { choice: 'ben' })).status).toBe(201)
    expect((await roar.counted(poll, 2)).segments).toEqual({})
  })

  test('a guest can vote', async () => {
    const poll = await openPoll()
    const guest = (await (await roar.request('POST', '/v1/viewers')).json()) as GuestAnswer
    expect((await roar.vote(poll, guest.token, { choice: 'anna' })).status).toBe(201)
  })
})

test('every receipt of many at once is good, says the truth, and is there for the viewer to see again', async () => {
  const poll = await openPoll({ kind: 'points', max: 10 })
  const verify = signatureVerifier(await roar.json<JwkSet>('/v1/keys'))
  const votes = await Promise.all(
    Array.from({ length: 200 }, (_, i) =>
      roar.vote(poll, tokenOf(`v${i}`), { points: { ben: 1 + (i % 5), anna: 1 + (i % 3) } }),
    ),
  )
  const sizes = new Set<number>()
  for (const [i, { status, receipt }] of votes.entries()) {
    expect(status).toBe(201)
    expect(receiptFault(receipt, { sha256, verify })).toBeUndefined()
    expect(receipt.answer).toEqual({ choice: ['anna', 'ben'], points: [1 + (i % 3), 1 + (i % 5)] })
    sizes.add(receipt.proof.size)
    const forged = { ...receipt, answer: { choice: ['anna', 'ben'], points: [9, 1] } }
    expect(receiptFault(forged, { sha256, verify })).toBeDefined()
    expect(receiptFault({ ...receipt, at: receipt.at + 1 }, { sha256, verify })).toBeDefined()
  }
  // One signature for many: some of them came together.
  expect(Math.max(...sizes)).toBeGreaterThan(1)
  const mine = (await roar.poll(poll, tokenOf('v7'))).mine!
  expect({ ...mine, proof: undefined }).toEqual({ ...votes[7]!.receipt, proof: undefined as never })
  expect(receiptFault(mine, { sha256, verify })).toBeUndefined()
})

test('a ballot that the log gets after the seal has no receipt: its voter is answered by the one in the certificate', async () => {
  const poll = await openPoll({ change: true })
  const { log, votes } = roar.things
  const { receipt } = await roar.vote(poll, tokenOf('ann'), { choice: 'anna' })
  const { partition, offset } = receipt.place
  const [record] = await log!.read('ballots', { partition, offset }, 1)
  const { ballot, segment, choice, points, ...rest } = decodeBallot(record!.value) as Ballot
  for (const action of ['close', 'seal']) expect((await roar.act(poll, action)).status).toBe(200)
  // As of a broker that hung, and of an ingest that had given both up.
  const producer = crypto.randomUUID()
  const late = {
    ...rest,
    producer,
    ballot: Bun.randomUUIDv7('hex', rest.at),
    choice: ['ben'],
    segment,
    points,
  }
  const changed = { ...late, ordinal: 2, replaces: { ballot, segment, choice, points } }
  const ofBob = { ...late, voter: 'b'.repeat(22), sequence: 1, ballot: Bun.randomUUIDv7('hex', rest.at) }
  const voters = votes!.box.voters
  await log!.append(
    'ballots',
    [changed, ofBob].map((one) => ({ key: one.voter, value: encodeBallot(one) })),
  )
  await until(
    () => votes!.box.voters,
    (known) => known === voters + 1,
  )
  const repeated = await roar.vote(poll, tokenOf('ann'), { choice: 'ben' })
  expect([repeated.status, repeated.problem.code]).toEqual([409, 'poll_closed'])
  const again = await roar.vote(poll, tokenOf('ann'), { choice: 'anna' })
  expect([again.status, again.receipt.ballot]).toEqual([200, ballot])
  expect((await roar.poll(poll, tokenOf('ann'))).mine?.ballot).toBe(ballot)
  expect(await votes!.box.newest('final', poll, ofBob.voter)).toBeUndefined()
})

describe('counts are seen by those whom the rule lets see them', () => {
  const cases = [
    { visibility: 'live', open: true, voted: true, closed: true },
    { visibility: 'voted', open: false, voted: true, closed: true },
    { visibility: 'closed', open: false, voted: false, closed: true },
    { visibility: 'revealed', open: false, voted: false, closed: false },
  ]
  for (const { visibility, open, voted, closed } of cases) {
    test(visibility, async () => {
      const poll = await openPoll({ visibility, answer: ['anna'] })
      await roar.vote(poll, tokenOf('ann'), { choice: 'anna' })
      const seen = async (token?: string) => (await roar.poll(poll, token)).counts !== undefined
      expect([await seen(), await seen(tokenOf('bob')), await seen(tokenOf('ann'))]).toEqual([
        open,
        open,
        voted,
      ])
      expect((await roar.poll(poll, tokenOf('ann'))).answer).toBeUndefined()
      await roar.act(poll, 'close')
      expect(await seen()).toBe(closed)
      expect((await roar.poll(poll)).answer).toBeUndefined()
      await roar.act(poll, 'reveal')
      expect(await seen()).toBe(true)
      expect((await roar.poll(poll)).answer).toEqual(['anna'])
    })
  }
})

describe('the producers', () => {
  test('a viewer can decide nothing, and nobody without a token', async () => {
    const poll = await openPoll()
    for (const [token, status] of [
      [tokenOf('ann'), 403],
      [undefined, 401],
      [tokenOf('boss', { role: 'producer', show: 'other' }), 403],
    ] as const) {
      const close = await roar.request('POST', `/v1/studio/shows/final/polls/${poll}/close`, token)
      expect(close.status).toBe(status)
    }
    expect((await roar.poll(poll)).state).toBe('open')
  })

  test('a poll goes through its life one way, and every step is in the trail with who and when', async () => {
    const poll = 'life'
    await roar.create(poll)
    const refused = async (action: string) =>
      expect((await roar.act(poll, action)).body.code).toBe('wrong_state')
    for (const action of ['close', 'reveal', 'seal', 'forget']) await refused(action)
    // The same again, after a lost answer, is answered like the first time.
    const twice = async (action: string) => {
      const { body } = await roar.act(poll, action)
      expect(await roar.act(poll, action)).toEqual({ status: 200, body })
    }
    await twice('open')
    for (const action of ['reveal', 'seal']) await refused(action)
    await twice('close')
    await refused('open')
    await twice('reveal')
    await refused('open')
    await twice('close')
    await twice('seal')
    await refused('open')
    for (const action of ['close', 'reveal']) await twice(action)
    await twice('forget')
    const trail = (await roar.studio('GET', 'audit')).body as unknown as {
      poll: string
      action: string
      who: string
      at: number
    }[]
    const own = trail.filter((entry) => entry.poll === poll)
    expect(own.map(({ action }) => action)).toEqual(['forget', 'seal', 'reveal', 'close', 'open', 'create'])
    for (const { who, at } of own) expect([who, at > 0]).toEqual(['boss', true])
  })

  test('a change that changes nothing is no entry, and the trail is read page by page to its first entry', async () => {
    const poll = await openPoll()
    const page = async (query: string) =>
      (await roar.studio('GET', `audit?${query}`)).body as unknown as { entry: number; action: string }[]
    const [newest] = await page('limit=1')
    for (const changes of [{}, { visibility: 'live' }, { graceMs: 0, countLate: true }])
      expect((await roar.studio('PATCH', `polls/${poll}`, changes)).status).toBe(200)
    expect(await page('limit=1')).toEqual([newest!])
    const all: number[] = []
    for (let before = newest!.entry + 1; before > 1; ) {
      const entries = await page(`before=${before}&limit=7`)
      all.push(...entries.map(({ entry }) => entry))
      before = all.at(-1)!
    }
    expect(all).toEqual(Array.from({ length: newest!.entry }, (_, i) => newest!.entry - i))
    for (const query of ['before=0', 'limit=0', 'limit=501', 'before=x'])
      expect((await roar.studio('GET', `audit?${query}`)).status).toBe(400)
  })

  test('a change that is no object is refused', async () => {
    const poll = await openPoll()
    for (const changes of [[], [{}], null, 7, 'x'])
      expect((await roar.studio('PATCH', `polls/${poll}`, JSON.stringify(changes))).status).toBe(400)
  })

  const bad: [string, object][] = [
    ['no question', { question: undefined }],
    ['an empty question', { question: ' ' }],
    ['one choice', { choices: [{ choice: 'a', title: 'A' }] }],
    [
      'two choices of one id',
      {
        choices: [
          { choice: 'a', title: 'A' },
          { choice: 'a', title: 'B' },
        ],
      },
    ],
    [
      'a choice that is no id',
      {
        choices: [
          { choice: 'A', title: 'A' },
          { choice: 'b', title: 'B' },
        ],
      },
    ],
    ['an unknown kind', { kind: 'ranked' }],
    ['more choices to give than there are', { kind: 'several', max: 4 }],
    ['an end before its start', { opens: 2000, closes: 1000 }],
    ['an end without a start', { closes: 1000 }],
    ['a seal without an end', { opens: 1000, seals: 3000 }],
    ['counts that are revealed before its end', { opens: 1000, closes: 2000, reveals: 1999 }],
    ['a negative grace', { graceMs: -1 }],
    ['an answer that is no choice', { answer: ['eve'] }],
    ['a field nobody knows', { colour: 'red' }],
    ['an id that is none', { poll: 'Ä' }],
  ]
  for (const [what, rules] of bad) {
    test(`a poll with ${what} is not made`, async () => {
      const { status, body } = await roar.create('bad', rules)
      expect([status, body.code]).toEqual([400, 'bad_poll'])
    })
  }

  test('a poll whose answer was lost is asked for again, and is made once', async () => {
    const made = await roar.create('lost')
    expect(await roar.create('lost')).toEqual(made)
    expect((await roar.create('lost', { change: true })).body.code).toBe('already_exists')
    await roar.act('lost', 'open')
    expect((await roar.create('lost')).body.code).toBe('already_exists')
    const trail = (await roar.studio('GET', 'audit?limit=50')).body as unknown as {
      poll: string
      action: string
    }[]
    expect(trail.filter(({ poll }) => poll === 'lost').map(({ action }) => action)).toEqual([
      'open',
      'create',
    ])
  })

  test('an id is used once, and what votes were checked against does not change under them', async () => {
    const poll = await openPoll()
    expect((await roar.create(poll)).body.code).toBe('already_exists')
    expect((await roar.studio('PATCH', `polls/${poll}`, { kind: 'several' })).body.code).toBe('wrong_state')
    expect((await roar.studio('PATCH', `polls/${poll}`, { closes: 1 })).body.code).toBe('bad_poll')
    expect((await roar.studio('PATCH', `polls/${poll}`, { visibility: 'closed' })).body.visibility).toBe(
      'closed',
    )
  })

  test('the show lists what is open or was, and is a newer one with every change', async () => {
    const before = await roar.json<{ version: number }>('/v1/shows/final')
    await roar.create('hidden')
    const poll = await openPoll()
    const after = await roar.json<{ version: number; polls: { poll: string; state: string }[] }>(
      '/v1/shows/final',
    )
    expect(after.version).toBeGreaterThan(before.version)
    expect(after.polls.find((listed) => listed.poll === poll)?.state).toBe('open')
    expect(after.polls.find((listed) => listed.poll === 'hidden')).toBeUndefined()
    expect((await roar.request('GET', '/v1/shows/final/polls/hidden')).status).toBe(404)
  })
})
