import { expect, test } from 'bun:test'
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pino from 'pino'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { inDiskTurn } from '../../adapters/disk-turn.ts'
import type { Log } from '../../adapters/log/log.ts'
import { MemoryLog } from '../../adapters/memory/log-memory.ts'
import { KnownVoters } from '../../engine/polls/known-voters.ts'
import type { Ballot, Poll } from '../../protocol/polls.ts'
import { temporaryFolder } from '../../test/embedded.ts'
import { until } from '../../test/until.ts'
import type { ShowDirectory } from '../directory/directory.ts'
import { decodeBallot, encodeBallot } from '../polls/ballot-codec.ts'
import { PollsSeen } from '../polls/polls-seen.ts'
import { sha256 } from '../sha256.ts'
import { VoterChain } from './voter-chain.ts'
import { VotersFile } from './voters-file.ts'

const NOW = 1_795_349_712_000
const clock = new ManualClock(NOW)
const logger = pino({ level: 'silent' })
const voterOf = (n: number) =>
  Buffer.from(sha256(`voter ${n}`))
    .toString('base64url')
    .slice(0, 22)

/** The `n`th ballot of a log: two polls, and of seven voters one who changes an answer. */
const ballotOf = (n: number): Ballot => {
  const ordinal = n % 7 === 6 ? 2 : 1
  return {
    ...{ show: 'final', poll: n % 5 === 0 ? 'side' : 'mvp', producer: 'p', sequence: n, batch: n, size: 1 },
    ...{
      ballot: `b${n}`,
      voter: voterOf(ordinal === 2 ? n - 6 : n),
      segment: '',
      choice: ['anna'],
      points: [1],
    },
    ...{ at: NOW, late: false, quarantined: false, ordinal, salt: `s${n}`, markSalt: 'm' },
    ...(ordinal === 2 && { replaces: { ballot: `b${n - 6}`, segment: '', choice: ['anna'], points: [1] } }),
  }
}

async function logOf(count: number): Promise<Log> {
  const log = new MemoryLog({ clock })
  for (let n = 0; n < count; n++)
    await log.append('ballots', [{ key: null, value: encodeBallot(ballotOf(n)) }])
  return log
}

/** What a box does: it loads, and reads the log from there to its end. */
async function started(
  path: string,
  log: Log,
  { to = 1e9, ...limits }: { to?: number; appendedMin?: number; closeMs?: number } = {},
) {
  const voters = new KnownVoters(1e6)
  const file = new VotersFile({
    path,
    voters,
    log,
    clock,
    logger,
    isForgotten: () => false,
    ...limits,
  })
  const from = await file.load()
  const read = async (end: number) => {
    for (const record of await log.read('ballots', { partition: 0, offset: next }, end - next)) {
      const ballot = decodeBallot(record.value) as Ballot
      voters.remember(`${ballot.show}/${ballot.poll}`, ballot.voter, ballot.ordinal, record)
      file.learned(ballot, record)
      next = record.offset + 1
    }
  }
  let next = from
  await read(to)
  return { voters, file, from, read }
}

/** Everything that is known of so many voters. */
const knows = (voters: KnownVoters, count: number) => ({
  size: voters.size,
  places: Array.from({ length: count }, (_, n) =>
    ['mvp', 'side'].map((poll) => voters.placeOf(`final/${poll}`, voterOf(n))?.offset),
  ),
})

const BALLOTS = 120
const log = await logOf(BALLOTS)
const empty = temporaryFolder()
const right = knows((await started(join(empty.path, 'voters'), log)).voters, BALLOTS)
empty.remove()

/** Where a start would read the log from. */
async function fromOf(path: string, log: Log): Promise<number> {
  const { file, from } = await started(path, log)
  await file.close()
  return from
}

test('voters that were kept are known again, and only the rest of the log is read', async () => {
  const folder = temporaryFolder()
  const path = join(folder.path, 'voters')
  const first = await started(path, log, { to: 50 })
  await first.file.close()
  const second = await started(path, log, { to: 80 })
  expect(second.from).toBe(50)
  await second.file.close()
  const third = await started(path, log)
  expect(third.from).toBe(80)
  expect(knows(third.voters, BALLOTS)).toEqual(right)
  await third.file.close()
  folder.remove()
})

test('wherever its writing was cut off, and whichever byte of it is another, a start knows what the log says', async () => {
  const folder = temporaryFolder()
  const path = join(folder.path, 'voters')
  const writing = await started(path, log, { to: 40 })
  await writing.file.close()
  const appending = await started(path, log, { to: 80 })
  await appending.file.close()
  const whole = readFileSync(path)
  const cuts = Array.from({ length: 60 }, (_, i) => Math.floor((i / 60) * whole.length))
  for (const bytes of [...cuts.map((at) => whole.subarray(0, at)), ...cuts.map((at) => flipped(whole, at))]) {
    writeFileSync(path, bytes)
    const { voters, file, from } = await started(path, log)
    expect([0, 40]).toContain(from)
    expect(knows(voters, BALLOTS)).toEqual(right)
    // What it wrote after that is good again.
    await file.close()
    expect(await fromOf(path, log)).toBe(BALLOTS)
  }
  folder.remove()
})

const flipped = (bytes: Uint8Array, at: number): Uint8Array => bytes.with(at, bytes[at]! ^ 1)

test('a new file that was never finished is no file, and one that is finished has all', async () => {
  const folder = temporaryFolder()
  const path = join(folder.path, 'voters')
  const first = await started(path, log, { to: 60 })
  await first.file.close()
  const half = readFileSync(path).subarray(0, 500)
  writeFileSync(`${path}.new`, half)
  const second = await started(path, log, { appendedMin: 10 })
  expect(second.from).toBe(60)
  await second.file.close()
  // More was appended than is in order: the next writes all anew.
  const third = await started(path, log, { appendedMin: 10 })
  expect([third.from, knows(third.voters, BALLOTS)]).toEqual([BALLOTS, right])
  const before = readFileSync(path)
  await third.file.close()
  expect(readFileSync(path).equals(before)).toBe(false)
  expect(existsSync(`${path}.new`)).toBe(false)
  const fourth = await started(path, log)
  expect([fourth.from, knows(fourth.voters, BALLOTS)]).toEqual([BALLOTS, right])
  await fourth.file.close()
  folder.remove()
})

test('a new file that cannot be finished, as on a full disk, leaves the old one and nothing beside it', async () => {
  const folder = temporaryFolder()
  const path = join(folder.path, 'voters')
  const first = await started(path, log, { to: 60 })
  await first.file.close()
  const replaced = VoterChain.replace(path, async (chain) => {
    await chain.append({ polls: new Map(), next: 61, last: '' })
    throw new Error('no space left on device')
  })
  await expect(replaced).rejects.toThrow('no space left on device')
  expect(readdirSync(folder.path)).toEqual(['voters'])
  expect(await fromOf(path, log)).toBe(60)
  folder.remove()
})

test('a file beside another log, or beside an older copy of its own, is left out of account', async () => {
  const folder = temporaryFolder()
  const path = join(folder.path, 'voters')
  const kept = join(folder.path, 'kept')
  const writing = await started(path, log)
  await writing.file.close()
  copyFileSync(path, kept)
  const older = await logOf(0)
  await older.append(
    'ballots',
    (await log.read('ballots', { partition: 0, offset: 0 }, 90)).map(({ key, value }) => ({ key, value })),
  )
  const other = await logOf(0)
  for (let n = 0; n < BALLOTS; n++)
    await other.append('ballots', [
      { key: null, value: encodeBallot({ ...ballotOf(n), salt: 'other', voter: voterOf(n + 1) }) },
    ])
  for (const [one, count] of [
    [older, 90],
    [other, BALLOTS],
  ] as const) {
    copyFileSync(kept, path)
    const fresh = await started(join(folder.path, 'nothing'), one)
    const { voters, from, file } = await started(path, one)
    await file.close()
    expect(from).toBe(0)
    expect(knows(voters, count + 1)).toEqual(knows(fresh.voters, count + 1))
  }
  folder.remove()
})

test('what is learned while a new file is written is in it too', async () => {
  const folder = temporaryFolder()
  const path = join(folder.path, 'voters')
  const first = await started(path, log, { to: 30 })
  first.file.start()
  const closing = first.file.close()
  await first.read(BALLOTS)
  await closing
  const second = await started(path, log)
  expect(second.from).toBeGreaterThanOrEqual(30)
  expect(knows(second.voters, BALLOTS)).toEqual(right)
  await second.file.close()
  folder.remove()
})

test('a disk that takes nothing costs a warning, and the voters are read from the log', async () => {
  const { file, voters } = await started('/nowhere/voters', log)
  await file.close()
  expect(knows(voters, BALLOTS)).toEqual(right)
})

test('a disk that does not answer holds up no end: what it has not written is read from the log', async () => {
  const folder = temporaryFolder()
  const path = join(folder.path, 'voters')
  const { file } = await started(path, log, { closeMs: 1 })
  const seen = new PollsSeen(join(folder.path, 'polls-seen.json'), { closeMs: 1 })
  const poll = { show: 'final', poll: 'mvp', version: 1 } as Poll
  const disk = Promise.withResolvers<void>()
  const hanging = inDiskTurn(() => disk.promise)
  seen.follow({
    followPolls(listener) {
      listener({ poll, isAnticipated: false } as Parameters<typeof listener>[0])
      return () => {}
    },
  } as ShowDirectory)
  await file.close()
  await seen.close()
  expect(readdirSync(folder.path)).toEqual([])
  disk.resolve()
  await hanging
  await until(() => existsSync(join(folder.path, 'polls-seen.json')) && existsSync(path))
  folder.remove()
})
