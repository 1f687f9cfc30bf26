import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { startVoting, tokenOf } from '../../test/polls/voting.ts'
import { connect } from '../src/index.ts'
import { ownPlatform } from '../src/platform.ts'
import { type Receipt, type VoteEvent, type VotesOptions, votes } from '../src/votes/index.ts'
import { memoryStorage } from '../src/votes/records.ts'

let server: Awaited<ReturnType<typeof startVoting>>
beforeAll(async () => {
  server = await startVoting()
})
afterAll(async () => {
  await server.stop()
  server.data.remove()
})

const open = async (poll: string, rules: object = {}) => {
  await server.create(poll, rules)
  expect((await server.act(poll, 'open')).status).toBe(200)
}
const seal = async (poll: string) => {
  await server.act(poll, 'close')
  expect((await server.act(poll, 'seal')).status).toBe(200)
}

type Fetch = ReturnType<typeof ownPlatform>['fetch']

/** A viewer whose waits are a hundredth of what they might be, behind a network that does what `through` does. */
function join(
  viewer: string,
  options: Partial<VotesOptions> = {},
  through: (fetch: Fetch) => Fetch = (f) => f,
) {
  const platform = ownPlatform()
  return votes(
    { url: server.url, show: 'final', token: tokenOf(viewer), storage: memoryStorage(), ...options },
    { ...platform, fetch: through(platform.fetch), random: () => 0.01 },
  )
}

const gone = () => Promise.reject(new TypeError('no network'))

test('a vote has its receipt, the same one for the same answer, and another answer is refused', async () => {
  await open('once')
  const ann = join('ann')
  const receipt = await ann.vote('once', { choice: 'anna' })
  expect(receipt).toMatchObject({ poll: 'once', ordinal: 1, answer: { choice: ['anna'], points: [1] } })
  expect(await ann.vote('once', { choice: 'anna' })).toEqual(receipt)
  expect(ann.own('once')).toEqual({ receipt })
  await expect(ann.vote('once', { choice: 'ben' })).rejects.toMatchObject({
    code: 'already_voted',
    status: 409,
  })
  expect(ann.own('once')).toEqual({ receipt })
  await server.counted('once', 1)
})

test('an answer of as many choices as there can be is changed, though its receipt does not fit beside it', async () => {
  const ids = Array.from({ length: 64 }, (_, i) => `${i}-`.padEnd(32, 'x'))
  const choices = ids.map((choice) => ({ choice, title: choice }))
  await open('wide', { kind: 'several', max: 64, change: true, choices })
  const ann = join('ann')
  await ann.vote('wide', { choices: ids })
  expect((await ann.vote('wide', { choices: ids.slice(1) })).ordinal).toBe(2)
})

test('a vote whose answer is lost goes again, from after a reload too, and counts once', async () => {
  await open('lossy')
  const storage = memoryStorage()
  let lost = 0
  const before = join('bob', { storage }, (fetch) => async (url, init) => {
    await fetch(url, init)
    lost++
    throw new TypeError('answer lost')
  })
  const waits = new Promise<VoteEvent>((resolve) => {
    before.on((event) => event.state === 'waiting' && resolve(event))
  })
  const given = before.vote('lossy', { choice: 'ben' })
  expect(await waits).toMatchObject({ poll: 'lossy', code: 'network', failures: 1 })
  const known = await server.poll('lossy', tokenOf('bob'))
  before.close()
  await expect(given).rejects.toMatchObject({ code: 'closed' })
  // On a busy machine it may have gone again by then.
  expect(lost).toBeGreaterThan(0)

  const after = join('bob', { storage })
  expect(after.own('lossy')).toEqual({ pending: { choice: 'ben' } })
  const receipt = await after.vote('lossy', { choice: 'ben' })
  expect(receipt).toEqual(known.mine!)
  expect((await server.counted('lossy', 1)).counts ?? {}).toEqual({})
  await seal('lossy')
  expect((await server.poll('lossy')).counts).toEqual({ anna: 0, ben: 1, cleo: 0 })
})

test('a vote whose token has run out goes with a newer one of the same viewer, and with nobody else', async () => {
  await open('renewed')
  const old = `${tokenOf('dora').split('.').slice(0, 2).join('.')}.bad`
  const renewing = join('dora', { token: async (refused) => (refused ? tokenOf('dora') : old) })
  expect(await renewing.vote('renewed', { choice: 'anna' })).toMatchObject({ ordinal: 1 })
  expect(renewing.own('renewed').receipt).toMatchObject({ poll: 'renewed' })
  const other = join('emil', { token: async (refused) => (refused ? tokenOf('emil') : old) })
  await expect(other.vote('renewed', { choice: 'ben' })).rejects.toMatchObject({ code: 'unauthorized' })
  await server.counted('renewed', 1)
})

test('a vote waits out 503 and 429 and gives up for neither; another answer meanwhile is told to wait', async () => {
  await open('busy')
  const answers = [503, 429, 500, 503]
  const cleo = join('cleo', {}, (fetch) => async (url, init) => {
    const status = answers.shift()
    return status === undefined
      ? fetch(url, init)
      : Response.json(
          { type: 'urn:roar:error:overloaded', code: 'overloaded' },
          { status, headers: { 'retry-after': '0' } },
        )
  })
  const states: string[] = []
  cleo.on(({ state }) => states.push(state))
  const given = cleo.vote('busy', { choice: 'cleo' })
  const again = cleo.vote('busy', { choice: 'cleo' })
  await expect(cleo.vote('busy', { choice: 'anna' })).rejects.toMatchObject({ code: 'pending' })
  expect((await given).answer.choice).toEqual(['cleo'])
  expect(await again).toEqual(await given)
  expect(states.slice(0, 9)).toEqual([...Array(4).fill(['sending', 'waiting']).flat(), 'sending'])
})

/** A network's sign-in page that answers every program with JSON, until somebody has signed in. */
const portal = () => {
  const gate = { isOpen: false }
  const through =
    (fetch: Fetch): Fetch =>
    async (url, init) =>
      gate.isOpen ? fetch(url, init) : Response.json({ login: 'https://portal.example' })
  return { gate, through }
}

test('an answer that is no receipt is none: the vote stays on its way, also over a reload, until Roar answers', async () => {
  await open('portal')
  const [storage, { gate, through }] = [memoryStorage(), portal()]
  const before = join('ida', { storage }, through)
  const told = new Promise<VoteEvent>((resolve) => {
    before.on((event) => event.state !== 'sending' && resolve(event))
  })
  const given = before.vote('portal', { choice: 'anna' })
  given.catch(() => {})
  expect(await told).toMatchObject({ state: 'waiting', code: 'not_roar' })
  before.close()
  await expect(given).rejects.toMatchObject({ code: 'closed' })
  const after = join('ida', { storage }, through)
  expect(after.own('portal')).toEqual({ pending: { choice: 'anna' } })
  gate.isOpen = true
  expect(await after.vote('portal', { choice: 'anna' })).toMatchObject({ poll: 'portal', ordinal: 1 })
  await server.counted('portal', 1)
})

test('what is not Roar judges no vote and is no poll: each question is answered by `not_roar`', async () => {
  await open('judged')
  const storage = memoryStorage()
  await join('jon', { storage }).vote('judged', { choice: 'anna' })
  await seal('judged')
  // It begins anywhere within a check: whatever is asked from then on, the portal answers.
  for (let passing = 0; ; passing++) {
    const { through } = portal()
    let asked = 0
    const jon = join(
      'jon',
      { storage },
      (fetch) => (url, init) => (asked++ < passing ? fetch : through(fetch))(url, init),
    )
    const outcome = await jon.check('judged').then(
      ({ state }) => state,
      ({ code }) => code,
    )
    if (outcome === 'verified') break
    expect([passing, outcome]).toEqual([passing, 'not_roar'])
  }
  const jon = join('jon', { storage }, portal().through)
  const questions = [
    () => jon.poll('judged'),
    () => jon.poll('judged', { mine: true }),
    () => jon.certificate('judged'),
  ]
  for (const question of questions) await expect(question()).rejects.toMatchObject({ code: 'not_roar' })
  expect(jon.own('judged').receipt).toMatchObject({ poll: 'judged' })
})

test('a refusal is final: it rejects with its code and nothing is sent again', async () => {
  await open('final-word')
  await server.create('draft')
  const cases = [
    [join('dan'), 'final-word', { choice: 'nobody' }, 'unknown_choice'],
    [join('dan'), 'final-word', { choices: ['anna'] }, 'bad_choice'],
    [join('dan'), 'nope', { choice: 'anna' }, 'unknown_poll'],
    [join('dan'), 'draft', { choice: 'anna' }, 'poll_closed'],
    [join('dan', { token: 'not.a.token' }), 'final-word', { choice: 'anna' }, 'unauthorized'],
    [votes({ url: server.url, show: 'final' }), 'final-word', { choice: 'anna' }, 'unauthorized'],
  ] as const
  for (const [client, poll, answer, code] of cases) {
    await expect(client.vote(poll, answer as object)).rejects.toMatchObject({ code, retryable: false })
    expect(client.own(poll)).toEqual({})
    client.close()
  }
  expect(() => votes({ url: server.url, show: '../final' })).toThrow(TypeError)
  await expect(join('dan').vote('../x', { choice: 'anna' })).rejects.toThrow(TypeError)
})

test('a retry goes as the viewer who voted, whoever is signed in by then', async () => {
  await open('shared', { visibility: 'live' })
  let token = tokenOf('eve')
  let away = true
  const client = join(
    '',
    { token: () => token },
    (fetch) => (url, init) => (away ? gone() : fetch(url, init)),
  )
  const given = client.vote('shared', { choice: 'anna' })
  token = tokenOf('fay')
  away = false
  const receipt = await given
  expect((await server.poll('shared', tokenOf('eve'))).mine).toEqual(receipt)
  expect((await server.poll('shared', tokenOf('fay'))).mine).toBeUndefined()
  expect(client.own('shared')).toEqual({})
})

test('where a change is allowed the newest answer counts, and the receipt says so', async () => {
  await open('change', { change: true, kind: 'points', max: 10 })
  const gus = join('gus')
  await gus.vote('change', { points: { anna: 7, ben: 3 } })
  const second = await gus.vote('change', { points: { ben: 10 } })
  expect([second.ordinal, second.answer.points]).toEqual([2, [10]])
  const elsewhere = join('gus')
  expect((await elsewhere.poll('change', { mine: true })).mine).toEqual(second)
  expect(elsewhere.own('change')).toEqual({ receipt: second })
  await seal('change')
  expect((await server.poll('change')).counts).toEqual({ anna: 0, ben: 10, cleo: 0 })
})

describe('check my vote', () => {
  const storage = memoryStorage()
  let first: Receipt
  beforeAll(async () => {
    await open('mvp', { change: true })
    for (let i = 0; i < 20; i++) await server.vote('mvp', tokenOf(`v${i}`), { choice: 'ben' })
    first = await join('hal', { storage }).vote('mvp', { choice: 'anna' })
  })
  const check = (through?: (fetch: Fetch) => Fetch) => join('hal', { storage }, through).check('mvp')

  test('before the seal the receipt is genuine, and there is nothing yet to find it in', async () => {
    expect(await check()).toEqual({ state: 'unsealed', receipt: first })
    expect(await join('nobody').check('mvp')).toEqual({ state: 'none' })
  })

  test('where the log had another ballot of the viewer before, the check says which one counts', async () => {
    const ballot = '01a2032e-8c80-7886-8064-6b40f17b10cf'
    const elsewhere = lying(/polls\/mvp$/, (poll: object) => ({ ...poll, mine: { ...first, ballot } }))
    expect(await check(elsewhere)).toMatchObject({ state: 'unsealed', receipt: first, instead: { ballot } })
  })

  test('once sealed the ballot is in the tree, and of two the newer one counts', async () => {
    const newer = await join('hal').vote('mvp', { choice: 'ben' })
    await seal('mvp')
    expect(await check()).toMatchObject({ state: 'verified', receipt: first, counts: 'replaced' })
    const verdict = await join('hal').check('mvp')
    expect(verdict).toMatchObject({ state: 'verified', receipt: newer, counts: 'yes' })
    expect(verdict.state === 'verified' && verdict.certificate.statement.viewers).toBe(21)
  })

  test('a receipt is checked with a token that is no longer good, too', async () => {
    const [key] = [storage.key(0)!]
    const record = JSON.parse(storage.getItem(key)!)
    const kept = memoryStorage()
    kept.setItem(key.replace(/hal$/, 'x.y.z'), JSON.stringify({ ...record, token: 'x.y.z' }))
    const verdict = await join('', { storage: kept, token: 'x.y.z' }).check('mvp')
    expect(verdict).toMatchObject({ state: 'verified', receipt: first })
  })

  /** A server that lies: what it answers at `path` is changed on the way. */
  const lying =
    (path: RegExp, change: (answer: never) => unknown, status = 200) =>
    (fetch: Fetch): Fetch =>
    async (url, init) => {
      const response = await fetch(url, init)
      return path.test(url) ? Response.json(change((await response.json()) as never), { status }) : response
    }
  type Any = { index: number; keys: { x: string }[]; statement: object }

  test('what a lying server changes is found, and named', async () => {
    const other = new Uint8Array(32).fill(7).toBase64({ alphabet: 'base64url', omitPadding: true })
    const lies = {
      'receipt key': [lying(/keys/, ({ keys }: Any) => ({ keys: [{ ...keys[0], x: other }] })), 'receipt'],
      'a key that ended before': [
        lying(/keys/, ({ keys }: Any) => ({ keys: [{ ...keys[0], to: first.at - 60_000 }] })),
        'receipt',
      ],
      'a key that was revoked before': [
        lying(/keys/, ({ keys }: Any) => ({ keys: [{ ...keys[0], revoked: first.at }] })),
        'receipt',
      ],
      'a key that was revoked before the seal': [
        lying(/keys/, ({ keys }: Any) => ({ keys: [{ ...keys[0], revoked: first.at + 1 }] })),
        'certificate',
      ],
      'no key': [lying(/keys/, () => ({ keys: [] })), 'receipt'],
      result: [
        lying(/certificate/, (c: Any) => ({ ...c, statement: { ...c.statement, result: { anna: 99 } } })),
        'certificate',
      ],
      root: [
        lying(/certificate/, (c: Any) => ({ ...c, statement: { ...c.statement, root: other } })),
        'certificate',
      ],
      'no ballot': [
        lying(/proofs/, () => ({ type: 'urn:roar:error:unknown_ballot', code: 'unknown_ballot' }), 404),
        'missing',
      ],
      'another place': [lying(/proofs/, (p: Any) => ({ ...p, index: p.index - 1 })), 'proof'],
      'another size': [lying(/proofs/, (p: Any) => ({ ...p, size: 99 })), 'proof'],
      'no path': [lying(/proofs/, (p: Any) => ({ ...p, path: [] })), 'proof'],
      nonsense: [lying(/proofs/, ({ ballot }: { ballot: string }) => ({ ballot })), 'proof'],
    } as const
    for (const [name, [lie, fault]] of Object.entries(lies)) {
      const verdict = await check(lie)
      expect({ name, ...verdict }).toMatchObject({ name, state: 'wrong', fault, receipt: first })
    }
  })

  test('a proof for a tree of another size is none, though it may lead to the root', async () => {
    // The first ballot's path is the same in every tree of 17 to 32.
    const larger = lying(/proofs/, (p: Any & { size: number }) => ({ ...p, size: p.size + 1 }))
    expect(await join('v0').check('mvp')).toMatchObject({ state: 'verified' })
    expect(await join('v0', {}, larger).check('mvp')).toMatchObject({ state: 'wrong', fault: 'proof' })
  })

  test('a receipt with any one thing changed is not genuine', async () => {
    const key = storage.key(0)!
    const record = JSON.parse(storage.getItem(key)!)
    const fields = [
      'ballot',
      'ordinal',
      'at',
      'late',
      'commitment',
      'segment',
      'voter',
      'salt',
      'answer',
      'place',
    ]
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...fields), fc.string(), async (field, text) => {
        const tampered = memoryStorage()
        tampered.setItem(
          key,
          JSON.stringify({ ...record, receipt: { ...record.receipt, [field]: `${text}?` } }),
        )
        expect(await join('hal', { storage: tampered }).check('mvp')).toMatchObject({
          state: 'wrong',
          fault: 'receipt',
        })
      }),
      { numRuns: 30 },
    )
  })

  test('where there is no Ed25519 it says that nothing was checked', async () => {
    const { subtle } = crypto
    Object.defineProperty(crypto, 'subtle', { value: undefined, configurable: true })
    try {
      expect(await check()).toEqual({ state: 'unable', receipt: first })
    } finally {
      Object.defineProperty(crypto, 'subtle', { value: subtle, configurable: true })
    }
  })
})

describe('history is no bar: another server at the same address has a poll of the same id', () => {
  test('a receipt of before keeps nobody from voting, and is kept', async () => {
    const next = await startVoting()
    try {
      const storage = memoryStorage()
      const toNext =
        (fetch: Fetch): Fetch =>
        (url, init) =>
          fetch(url.replace(server.url, next.url), init)
      await open('again', { change: true })
      const first = await join('ann', { storage }).vote('again', { choice: 'anna' })
      const choices = ['dora', 'emil'].map((choice) => ({ choice, title: choice }))
      await next.create('again', { change: true, choices })
      await next.act('again', 'open')

      const blind = join('ann', { storage }, toNext)
      const receipt = await blind.vote('again', { choice: 'dora' })
      expect(receipt).toMatchObject({ ordinal: 1, answer: { choice: ['dora'] } })
      expect(blind.own('again')).toEqual({ receipt })
      expect(storage.getItem(storage.key(0)!)).toContain(first.ballot)

      const asking = join('ann', { storage })
      expect((await asking.poll('again', { mine: true })).mine!.ballot).toBe(first.ballot)
      const back = join('ann', { storage }, toNext)
      expect((await back.poll('again', { mine: true })).mine!.ballot).toBe(receipt.ballot)
    } finally {
      await next.stop()
      next.data.remove()
    }
  })

  test('a receipt that is older than the poll, or that the server does not know, is no vote in it', async () => {
    await open('rehearsed')
    const storage = memoryStorage()
    const ann = join('ann', { storage })
    const receipt = await ann.vote('rehearsed', { choice: 'anna' })
    const opened = (change: object) =>
      join('ann', { storage }, (fetch) => async (url, init) => {
        const document = (await (await fetch(url, init)).json()) as object
        return Response.json({ ...document, ...change })
      })
    await opened({ opens: receipt.at }).poll('rehearsed')
    expect(ann.own('rehearsed')).toEqual({ receipt })
    await opened({ opens: receipt.at + 1 }).poll('rehearsed')
    expect(ann.own('rehearsed')).toEqual({})
    await ann.poll('rehearsed', { mine: true })
    expect(ann.own('rehearsed')).toMatchObject({ receipt: { ballot: receipt.ballot } })
  })
})

test('a client that was there at the rehearsal hears of the show, though its poll has fewer ballots', async () => {
  const rehearsal = await startVoting()
  const { port } = new URL(rehearsal.url)
  const client = connect(
    { url: rehearsal.url, show: 'final', topics: ['polls/+'] },
    { ...ownPlatform(), random: () => 0.01 },
  )
  const heard = (ballots: number) =>
    new Promise<void>((resolve) => client.on('poll', (packet) => packet.ballots === ballots && resolve()))
  const vote = async (on: typeof server, viewers: string[]) => {
    await on.create('live', { visibility: 'live' })
    await on.act('live', 'open')
    for (const viewer of viewers) await on.vote('live', tokenOf(viewer), { choice: 'anna' })
  }
  const five = heard(5)
  await vote(rehearsal, ['a', 'b', 'c', 'd', 'e'])
  await five
  await rehearsal.stop()
  rehearsal.data.remove()
  const show = await startVoting({ flags: ['--port', port] })
  const one = heard(1)
  await vote(show, ['a'])
  await one
  client.close()
  await show.stop()
  show.data.remove()
})

test('a vote in a poll that is not there is refused, and nothing else happens', async () => {
  const storage = {} as Storage
  await expect(join('ann', { storage }).vote('nopoll', { choice: 'x' })).rejects.toMatchObject({
    code: 'unknown_poll',
  })
})
