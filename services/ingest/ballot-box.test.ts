import { expect, spyOn, test } from 'bun:test'
import { join } from 'node:path'
import pino from 'pino'
import { systemClock } from '../../adapters/clock/clock.ts'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { inDiskTurn } from '../../adapters/disk-turn.ts'
import type { Log } from '../../adapters/log/log.ts'
import { MemoryLog } from '../../adapters/memory/log-memory.ts'
import { memoryPollStore } from '../../adapters/memory/polls-memory.ts'
import { SqliteLog } from '../../adapters/sqlite/log-sqlite.ts'
import { BallotFold } from '../../engine/polls/ballot-fold.ts'
import { FreshLeaves } from '../../engine/polls/fresh-leaves.ts'
import { leafHash } from '../../engine/polls/merkle.ts'
import { receiptFault } from '../../engine/polls/receipts.ts'
import { RoarError } from '../../protocol/errors.ts'
import { ANSWERS_A_VOTER_MAX } from '../../protocol/limits.ts'
import { type Ballot, leafText } from '../../protocol/polls.ts'
import { temporaryFolder } from '../../test/embedded.ts'
import { heldAppend } from '../../test/held-append.ts'
import { encodeBallot } from '../polls/ballot-codec.ts'
import { followLogClock } from '../polls/log-clock.ts'
import { SigningKeys, signatureVerifier } from '../polls/signing-keys.ts'
import { sha256 } from '../sha256.ts'
import type { Health } from '../supervision/supervisor.ts'
import { UNSUPERVISED } from '../supervision/unsupervised.ts'
import { BallotBox, CAST_MS_MAX, type Vote } from './ballot-box.ts'

const NOW = 1_795_349_712_000
const voter = (n: number) => Buffer.alloc(16, `voter ${n} `).toString('base64url')
const vote = (n: number, choice = 'anna', more: Partial<Vote> = {}): Vote => ({
  show: 'final',
  poll: 'mvp',
  voter: voter(n),
  answer: { choice: [choice], points: [1] },
  segment: '',
  at: NOW,
  change: false,
  admit: () => ({ late: false, quarantined: false }),
  earlier: undefined,
  ...more,
})
const codeOf = (cast: Promise<unknown>) =>
  cast.then(
    () => 'taken',
    (cause) => cause.code,
  )

const logger = pino({ level: 'silent' })
const keys = await SigningKeys.open({
  store: memoryPollStore(),
  clock: systemClock,
  shared: false,
  health: UNSUPERVISED,
})

type Options = Partial<ConstructorParameters<typeof BallotBox>[0]>

const boxAt = (log: Log, more: Options = {}): BallotBox =>
  new BallotBox({
    log,
    clock: new ManualClock(NOW),
    signer: keys,
    papers: () => 'paper',
    verify: () => signatureVerifier(keys.publicSet()),
    logger,
    health: UNSUPERVISED,
    ...more,
  })

/** A box that has read the ballots of a log. */
async function boxOver(log: Log, more: Options = {}): Promise<BallotBox> {
  const box = boxAt(log, more)
  await box.start()
  return box
}

/** A box over a log in a file, which another box can open after it. */
function boxes() {
  const folder = temporaryFolder()
  const open = async (
    options: { wrap?: (log: Log) => Log; votersMax?: number; leaves?: FreshLeaves; nowMs?: number } = {},
  ) => {
    const clock = new ManualClock(options.nowMs ?? NOW)
    const durable = new SqliteLog(join(folder.path, 'log.db'), { clock })
    const box = await boxOver(options.wrap?.(durable) ?? durable, {
      clock,
      votersFile: join(folder.path, 'voters'),
      ...(options.votersMax === undefined ? {} : { votersMax: options.votersMax }),
      leaves: options.leaves,
    })
    return {
      box,
      durable,
      async close() {
        await box.drain()
        await durable.close()
      },
    }
  }
  return { open, remove: folder.remove }
}

const recordsOf = async (log: Log): Promise<Ballot[]> =>
  (await log.read('ballots', { partition: 0, offset: 0 }, 1000)).map(
    ({ value }) => JSON.parse(new TextDecoder().decode(value)) as Ballot,
  )

test('a clock that is behind the last ballot before a restart is not trusted, whether that ballot is read again or not', async () => {
  const { open, remove } = boxes()
  const first = await open({ nowMs: NOW + 3_600_000 })
  await first.box.cast(vote(1, 'anna', { at: NOW + 3_600_000 }))
  await first.close()
  for (const which of ['from the log', 'from the file beside it']) {
    const again = await open()
    expect([which, again.box.voters, again.box.clockFault]).toEqual([
      which,
      1,
      "this server's clock is more than 1000 ms behind the log's",
    ])
    await again.close()
  }
  remove()
})

test('a box that is drained while it reads its file begins to read no log', async () => {
  using folder = temporaryFolder()
  const log = new MemoryLog({ clock: new ManualClock(NOW) })
  const consume = spyOn(log, 'consume')
  const box = boxAt(log, { votersFile: join(folder.path, 'voters') })
  const disk = Promise.withResolvers<void>()
  const ended = [inDiskTurn(() => disk.promise), box.start()]
  await new Promise(setImmediate)
  ended.push(box.drain())
  disk.resolve()
  await Promise.all(ended)
  expect(consume).not.toHaveBeenCalled()
})

test('a voter who comes many times in one turn is written once, and hears the same each time', async () => {
  const { open, remove } = boxes()
  const { box, durable, close } = await open()
  const casts = await Promise.all(Array.from({ length: 100 }, () => box.cast(vote(1))))
  expect(casts.filter(({ isNew }) => isNew)).toHaveLength(1)
  expect(new Set(casts.map(({ receipt }) => JSON.stringify(receipt))).size).toBe(1)
  expect(await recordsOf(durable)).toHaveLength(1)
  await close()
  remove()
})

/** How many ballots went together, of `count` that came one in each turn of the event loop. */
async function groupsOf(count: number, turnMs = 0): Promise<number[]> {
  const clock = new ManualClock(NOW)
  const groups: number[] = []
  const log = new MemoryLog({ clock })
  const append = log.append.bind(log)
  log.append = (topic, records) => {
    groups.push(records.length)
    return append(topic, records)
  }
  const box = await boxOver(log, { clock })
  const casts: Promise<unknown>[] = []
  for (let n = 0; n < count; n++) {
    // Asked for first: the next ballot is there when the box looks.
    const next = new Promise((resolve) => setImmediate(resolve))
    casts.push(box.cast(vote(n)))
    await next
    clock.advance(turnMs)
  }
  await Promise.all(casts)
  await box.drain()
  await log.close()
  return groups
}

test('ballots go together while more come in each turn, so that they share a commit and a signature', async () => {
  expect(await groupsOf(1)).toEqual([1])
  expect(await groupsOf(100)).toEqual([100])
})

test('ballots that go on coming are held up neither without end nor for long', async () => {
  expect(await groupsOf(500)).toEqual([256, 244])
  expect(Math.max(...(await groupsOf(100, 1)))).toBeLessThan(10)
})

test('whoever grows the tree has the leaf of every receipt', async () => {
  const { open, remove } = boxes()
  const leaves = new FreshLeaves(128)
  const { box, close } = await open({ leaves })
  const casts = await Promise.all(Array.from({ length: 70 }, (_, n) => box.cast(vote(n))))
  for (const { receipt } of casts) {
    const [leaf] = leaves.from(receipt.place, 1)
    expect(leaf).toMatchObject({
      place: receipt.place,
      ballot: { show: 'final', poll: 'mvp', hash: leafHash(sha256, leafText(receipt)) },
    })
  }
  await close()
  remove()
})

test('after a restart every voter gets what the receipt of before says, under a good signature', async () => {
  const { open, remove } = boxes()
  const first = await open()
  const before = await Promise.all(Array.from({ length: 70 }, (_, n) => first.box.cast(vote(n))))
  await first.close()
  const second = await open()
  for (const [n, { receipt }] of before.entries()) {
    const { receipt: again, isNew } = await second.box.cast(vote(n))
    expect([{ ...again, proof: undefined }, isNew]).toEqual([{ ...receipt, proof: undefined }, false])
    expect(receiptFault(again, { sha256, verify: signatureVerifier(keys.publicSet()) })).toBeUndefined()
  }
  expect(await codeOf(second.box.cast(vote(3, 'ben')))).toBe('already_voted')
  expect(await recordsOf(second.durable)).toHaveLength(70)
  await second.close()
  remove()
})

test('while the log is away votes are refused and not kept for later; then they are taken', async () => {
  const { open, remove } = boxes()
  let away = false
  const wrap = (log: Log): Log => ({
    ...log,
    append: (topic, records) => log.append(topic, records),
    consume: (topic, handle, options) => log.consume(topic, handle, options),
    read: (topic, from, count) => log.read(topic, from, count),
    ends: (topic) => log.ends(topic),
    state: () => (away ? 'down' : log.state()),
  })
  const { box, durable, close } = await open({ wrap })
  away = true
  expect(await codeOf(box.cast(vote(1)))).toBe('log_unavailable')
  expect([box.waiting, await recordsOf(durable)]).toEqual([0, []])
  away = false
  expect(await codeOf(box.cast(vote(1)))).toBe('taken')
  await close()
  remove()
})

test('an append that failed is told to all who waited, and the same viewer can come again', async () => {
  const { open, remove } = boxes()
  let failures = 1
  const wrap = (log: Log): Log => ({
    ...log,
    append: (topic, records) =>
      failures-- > 0 ? Promise.reject(new Error('no')) : log.append(topic, records),
    consume: (topic, handle, options) => log.consume(topic, handle, options),
    read: (topic, from, count) => log.read(topic, from, count),
    ends: (topic) => log.ends(topic),
    state: () => log.state(),
  })
  const { box, durable, close } = await open({ wrap })
  const refused = await Promise.allSettled([box.cast(vote(1)), box.cast(vote(1))])
  expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(await codeOf(box.cast(vote(1)))).toBe('taken')
  expect(await recordsOf(durable)).toHaveLength(1)
  await close()
  remove()
})

test('a vote that waits for the log longer than a seal waits for votes is refused and never written', async () => {
  const clock = new ManualClock(NOW)
  const memory = new MemoryLog({ clock })
  const slow = heldAppend(memory)
  const box = await boxOver(slow.log, { clock })
  const inHand = codeOf(box.cast(vote(1)))
  await slow.sent
  const old = codeOf(box.cast(vote(2)))
  clock.advance(CAST_MS_MAX + 1)
  const fresh = codeOf(box.cast(vote(3, 'anna', { at: clock.now() })))
  slow.letThrough()
  expect(await Promise.all([inHand, old, fresh])).toEqual(['taken', 'log_unavailable', 'taken'])
  expect((await recordsOf(memory)).map((ballot) => ballot.voter)).toEqual([voter(1), voter(3)])
  await box.drain()
})

test('until the ballots before are read no vote is taken, and afterwards each voter has the one that counts', async () => {
  const log = new MemoryLog({ clock: new ManualClock(NOW) })
  const first = await boxOver(log)
  const { receipt } = await first.cast(vote(1))
  await first.drain()
  const gate = Promise.withResolvers<void>()
  const consume = log.consume.bind(log)
  log.consume = (topic, handle, options) =>
    consume(topic, (batch, isCurrent) => gate.promise.then(() => handle(batch, isCurrent)), options)
  const second = boxAt(log)
  const started = second.start()
  await new Promise((turn) => setImmediate(turn))
  expect(await codeOf(second.cast(vote(1)))).toBe('log_unavailable')
  gate.resolve()
  await started
  const again = await second.cast(vote(1))
  expect([again.isNew, again.receipt.ballot]).toEqual([false, receipt.ballot])
  await second.drain()
})

test('a drain ends once every accepted ballot is in the log and has its receipt', async () => {
  const memory = new MemoryLog({ clock: new ManualClock(NOW) })
  const slow = heldAppend(memory)
  const box = await boxOver(slow.log)
  const steps: string[] = []
  void box.cast(vote(1)).then(() => steps.push('receipt'))
  await slow.sent
  const drained = box.drain().then(() => steps.push('drained'))
  await new Promise((turn) => setImmediate(turn))
  slow.letThrough()
  await drained
  expect(steps).toEqual(['receipt', 'drained'])
})

test('at its bound it takes and forgets new voters whose first answer counts, and refuses those who could change', async () => {
  const { open, remove } = boxes()
  const { box, durable, close } = await open({ votersMax: 2 })
  const change = { change: true }
  await box.cast(vote(1, 'anna', change))
  await box.cast(vote(2))
  expect(await codeOf(box.cast(vote(3, 'anna', change)))).toBe('overloaded')
  expect(await codeOf(box.cast(vote(1, 'ben', change)))).toBe('taken')
  expect((await box.cast(vote(2))).isNew).toBe(false)
  // Both answers are in the log, and the fold lets the first count.
  expect(await codeOf(box.cast(vote(4, 'anna')))).toBe('taken')
  expect(await codeOf(box.cast(vote(4, 'ben')))).toBe('taken')
  expect((await recordsOf(durable)).map(({ ordinal }) => ordinal)).toEqual([1, 1, 2, 1, 1])
  await close()
  remove()
})

for (const [what, skewMs] of [
  ['behind', 90_000],
  ['ahead of', -90_000],
] as const) {
  test(`an ingest whose clock is ${what} the log's gives no receipt: not of the append that shows it, and not of any after`, async () => {
    const log = new MemoryLog({ clock: new ManualClock(NOW + skewMs) })
    const box = await boxOver(log)
    expect(await Promise.all([1, 2].map((n) => codeOf(box.cast(vote(n)))))).toEqual([
      'clock_unsure',
      'clock_unsure',
    ])
    expect(await codeOf(box.cast(vote(3)))).toBe('clock_unsure')
    expect(await recordsOf(log)).toHaveLength(2)
    expect(Math.abs(box.skewMs)).toBe(90_000)
    // What is in the log is told: it counts, and once.
    expect((await box.cast(vote(1))).isNew).toBe(false)
    await box.drain()
    await log.close()
  })
}

test('who does not know what producers have decided judges a new vote once it does, as long as the log is waited for, and answers one that was taken', async () => {
  const clock = new ManualClock(NOW)
  let isCurrent = true
  let known = Promise.withResolvers<void>()
  const decisions = { isCurrent: () => isCurrent, whenCurrent: () => known.promise }
  const states: string[] = []
  const decisionsHealth = {
    ...UNSUPERVISED,
    working: () => states.push('working'),
    waiting: (reason: string) => states.push(reason),
  }
  const box = await boxOver(new MemoryLog({ clock }), { clock, decisions, decisionsHealth })
  let isOpen = true
  const admit = () => {
    if (!isOpen) throw new RoarError('poll_closed', 'it was closed')
    return { late: false, quarantined: false }
  }
  const cast = (n: number) => codeOf(box.cast(vote(n, 'anna', { admit, at: clock.now() })))
  const learn = () => {
    isCurrent = true
    known.resolve()
    known = Promise.withResolvers()
  }
  expect(await cast(1)).toBe('taken')
  isCurrent = false
  // The second of them finds the first's ballot.
  const waited = [cast(2), cast(2)]
  expect((await box.cast(vote(1))).isNew).toBe(false)
  expect(box.waiting).toBe(2)
  learn()
  expect(await Promise.all(waited)).toEqual(['taken', 'taken'])
  expect(box.voters).toBe(2)
  isCurrent = false
  const closedMeanwhile = cast(3)
  isOpen = false
  learn()
  expect(await closedMeanwhile).toBe('poll_closed')
  isOpen = true
  isCurrent = false
  expect(new Set(states)).toEqual(new Set(['working']))
  const tooLong = cast(4)
  clock.advance(CAST_MS_MAX)
  expect(await tooLong).toBe('log_unavailable')
  expect(box.waiting).toBe(0)
  // Readiness says so, and that it is over, also where a balancer sends no vote any more.
  expect(states.at(-1)).toBe('the control log does not answer')
  learn()
  await Promise.resolve()
  expect(states.at(-1)).toBe('working')
  expect(await cast(4)).toBe('taken')
  await box.drain()
})

test('a server whose clock is behind a quiet log knows it before it is ready for votes, and waits for a log that does not answer', async () => {
  const clock = new ManualClock(NOW)
  const log = new MemoryLog({ clock: new ManualClock(NOW + 90_000) })
  const logClock = followLogClock({ log, clock, logger, health: UNSUPERVISED })
  const states: string[] = []
  const health: Health = {
    working: () => states.push('working'),
    waiting: (reason) => states.push(reason),
    failed: (cause) => states.push(String(cause)),
  }
  let refusals = 2
  const askTime = () =>
    refusals-- > 0 ? Promise.reject(new RoarError('log_unavailable', 'no answer')) : logClock.ask!()
  const started = boxOver(log, { clock, health, askTime })
  for (let i = 0; i < 10; i++) {
    await new Promise((turn) => setImmediate(turn))
    clock.advance(1000)
  }
  const box = await started
  expect(states).toEqual(['no answer', 'no answer', 'working'])
  expect(box.clockFault).toContain('behind')
  expect(await codeOf(box.cast(vote(1)))).toBe('clock_unsure')
  await box.drain()
  await logClock.close()
})

/** Two boxes over one log, as two processes have them; `pause` keeps the second from hearing of new records. */
async function twoBoxes() {
  const { remove } = boxes()
  const log = new MemoryLog({ clock: new ManualClock(NOW) })
  let heard = Promise.resolve()
  const slow: Log = {
    append: (topic, records) => log.append(topic, records),
    consume: (topic, handle, options) =>
      log.consume(
        topic,
        async (batch, isCurrent) => {
          await heard
          await handle(batch, isCurrent)
        },
        options,
      ),
    read: (topic, from, count) => log.read(topic, from, count),
    ends: (topic) => log.ends(topic),
    state: () => log.state(),
    onState: (listener) => log.onState(listener),
    close: () => log.close(),
  }
  const [quick, late] = [await boxOver(log), await boxOver(slow)]
  return {
    quick,
    late,
    /** Returns how to go on. */
    pause(): () => void {
      const { promise, resolve } = Promise.withResolvers<void>()
      heard = promise
      return resolve
    },
    /** What counts in the end, by the fold. */
    async counts() {
      const fold = new BallotFold()
      for (const [partition, end] of (await log.ends('ballots')).entries())
        for (const { value } of await log.read('ballots', { partition, offset: 0 }, end))
          fold.add(JSON.parse(new TextDecoder().decode(value)) as Ballot)
      const counts: Record<string, number> = {}
      for (const { choice, count } of fold.takeChanged()) counts[choice] = count
      return counts
    },
    async close() {
      await Promise.all([quick.drain(), late.drain()])
      await log.close()
      remove()
    },
  }
}

test('a voter who comes to two processes in one moment has a receipt of each, and both say later which one counts', async () => {
  const { quick, late, pause, counts, close } = await twoBoxes()
  const goOn = pause()
  const first = await quick.cast(vote(1, 'anna'))
  const second = await late.cast(vote(1, 'ben'))
  expect([first.isNew, second.isNew]).toEqual([true, true])
  goOn()
  // A change waits for what was written before, so by now the second has heard of the first.
  expect(await codeOf(late.cast(vote(1, 'cleo', { change: true, earlier: second.receipt })))).toBe(
    'already_voted',
  )
  for (const box of [quick, late]) {
    expect((await box.newest('final', 'mvp', voter(1)))?.ballot.ballot).toBe(first.receipt.ballot)
  }
  expect(await counts()).toEqual({ '': 1, anna: 1 })
  await close()
})

test('a change at a process that has not heard of the answer before waits for it', async () => {
  const { quick, late, pause, counts, close } = await twoBoxes()
  const goOn = pause()
  const { receipt } = await quick.cast(vote(1, 'anna', { change: true }))
  const changed = late.cast(vote(1, 'ben', { change: true, earlier: receipt }))
  goOn()
  expect((await changed).receipt.ordinal).toBe(2)
  expect(await counts()).toEqual({ '': 1, anna: 0, ben: 1 })
  await close()
})

test('a change never takes back an answer that did not count', async () => {
  const { quick, late, pause, counts, close } = await twoBoxes()
  const goOn = pause()
  await quick.cast(vote(1, 'anna', { change: true }))
  await late.cast(vote(1, 'ben', { change: true }))
  const changed = late.cast(vote(1, 'cleo', { change: true }))
  goOn()
  expect((await changed).receipt.ordinal).toBe(2)
  expect(await counts()).toEqual({ '': 1, anna: 0, cleo: 1 })
  await close()
})

test('changes are numbered, name what they replace, and stay late or in quarantine', async () => {
  const { open, remove } = boxes()
  const { box, durable, close } = await open()
  const change = { change: true }
  await box.cast(vote(1, 'anna', { ...change, admit: () => ({ late: false, quarantined: true }) }))
  await box.cast(vote(1, 'ben', change))
  await box.cast(vote(1, 'cleo', { ...change, admit: () => ({ late: true, quarantined: false }) }))
  await box.cast(vote(1, 'anna', change))
  const [first, second, third, fourth] = (await recordsOf(durable)) as [Ballot, Ballot, Ballot, Ballot]
  expect([first, second, third, fourth].map(({ ordinal }) => ordinal)).toEqual([1, 2, 3, 4])
  expect(third.replaces).toEqual({ ballot: second.ballot, segment: '', choice: ['ben'], points: [1] })
  expect([second, third, fourth].map(({ quarantined }) => quarantined)).toEqual([true, true, true])
  expect([second, third, fourth].map(({ late }) => late)).toEqual([false, true, true])
  await close()
  remove()
})

test('two changes of one viewer in one turn are two ballots, the second of which replaces the first', async () => {
  const { open, remove } = boxes()
  const { box, close } = await open()
  const change = { change: true }
  await box.cast(vote(1, 'anna', change))
  const changes = await Promise.all(['ben', 'cleo'].map((choice) => box.cast(vote(1, choice, change))))
  expect(changes.map(({ receipt }) => receipt.ordinal)).toEqual([2, 3])
  await close()
  remove()
})

test('an answer that was changed as often as a record can say is changed no more: no receipt for a ballot that nobody reads', async () => {
  const { open, remove } = boxes()
  const first = await open()
  await first.box.cast(vote(1, 'anna', { change: true }))
  const [ballot] = await recordsOf(first.durable)
  const replaces = { ballot: ballot!.ballot, segment: '', choice: ['anna'], points: [1] }
  const last: Ballot = { ...ballot!, ballot: 'last', ordinal: ANSWERS_A_VOTER_MAX, sequence: 1, replaces }
  await first.durable.append('ballots', [{ key: last.voter, value: encodeBallot(last) }])
  await first.close()
  const { box, close } = await open()
  expect((await box.newest('final', 'mvp', voter(1)))?.ballot.ballot).toBe('last')
  expect((await box.cast(vote(1, 'anna', { change: true }))).isNew).toBe(false)
  expect(await codeOf(box.cast(vote(1, 'ben', { change: true })))).toBe('already_voted')
  await close()
  remove()
})
