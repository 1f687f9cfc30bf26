import { afterAll, beforeAll, expect, spyOn, test } from 'bun:test'
import { SqliteLog } from '../../../adapters/sqlite/log-sqlite.ts'
import type { BallotProof, Certificate, Receipt } from '../../../protocol/polls.ts'
import { startVoting, tokenOf } from '../voting.ts'

/** Polls of each way to be sealed; 200 seals with SEALS=100, and how long they took. */
const SEALS = Number(process.env.SEALS ?? 3)
/** Polls that are sealed at once. More than that measures how many seals a processor can do. */
const AT_ONCE = 3
const VIEWERS = 15
const SYNC_MS = [25, 40, 100]
const CHOICES = ['anna', 'ben', 'cleo']

/** How long each seal took, from the end of the votes or the call to the certificate, in milliseconds: beyond what the disk did. */
const beyondDiskMs = { timed: [] as number[], hand: [] as number[] }
/** From when to when the disk was busy. One append is in hand at a time. */
const busy: { from: number; to: number }[] = []

let roar: Awaited<ReturnType<typeof startVoting>>
let syncs = 0
const { append } = SqliteLog.prototype
const slow = spyOn(SqliteLog.prototype, 'append')
beforeAll(async () => {
  slow.mockImplementation(async function (this: SqliteLog, topic, records) {
    const places = await append.call(this, topic, records)
    if (topic !== 'ballots') return places
    const from = Date.now()
    await Bun.sleep(SYNC_MS[syncs++ % SYNC_MS.length]!)
    busy.push({ from, to: Date.now() })
    return places
  })
  roar = await startVoting()
})
afterAll(async () => {
  if (process.env.SEALS)
    for (const [way, all] of Object.entries(beyondDiskMs)) {
      const [median, longest] = [0.5, 1].map(
        (share) => all.toSorted((a, b) => a - b)[Math.ceil(share * all.length) - 1],
      )
      console.info(`${all.length} seals ${way}, beyond the disk: median ${median} ms, longest ${longest} ms`)
    }
  await roar.stop()
  roar.data.remove()
  slow.mockRestore()
})

/** How much of the time up to now the disk was not busy. */
function beyondDisk(since: number): number {
  const inTime = busy.filter(({ to }) => to > since)
  return Date.now() - since - inTime.reduce((sum, { from, to }) => sum + to - Math.max(from, since), 0)
}

/** All that every viewer answers, in one moment and around the end; the receipts that were given. */
async function voted(poll: string): Promise<Receipt[]> {
  const casts = Array.from({ length: VIEWERS }, (_, viewer) =>
    CHOICES.map((choice) => roar.vote(poll, tokenOf(`v${viewer}`), { choice })),
  ).flat()
  const answers = await Promise.all(casts)
  return answers.flatMap(({ status, receipt }) => (status === 201 ? [receipt] : []))
}

async function sealed(poll: string): Promise<Certificate> {
  for (;;) {
    const response = await roar.request('GET', `/v1/shows/final/polls/${poll}/certificate`)
    const body = await response.json()
    if (response.ok) return body as Certificate
  }
}

async function allAreIn(poll: string, receipts: Receipt[]): Promise<void> {
  const { statement } = await sealed(poll)
  expect(statement.ballots).toBe(receipts.length)
  expect(statement.viewers).toBe(new Set(receipts.map(({ voter }) => voter)).size)
  for (const { ballot } of receipts) {
    const proof = await roar.json<BallotProof>(`/v1/shows/final/polls/${poll}/proofs/${ballot}`)
    expect(proof.ballot).toBe(ballot)
  }
}

/** Seals all polls, some at once. */
async function eachOf(name: string, seal: (poll: string) => Promise<void>): Promise<void> {
  for (let first = 0; first < SEALS; first += AT_ONCE) {
    const many = Math.min(AT_ONCE, SEALS - first)
    await Promise.all(Array.from({ length: many }, (_, i) => seal(`${name}-${first + i}`)))
  }
}

/** On a busy machine the time may have come before the server has it: then a later one. */
async function closesSoon(poll: string): Promise<number> {
  for (;;) {
    const closes = Date.now() + 300
    if ((await roar.studio('PATCH', `polls/${poll}`, { closes, seals: closes })).status === 200) return closes
  }
}

test('on a slow disk every receipt is in the certificate of a poll that its schedule seals at once', async () => {
  await eachOf('timed', async (poll) => {
    await roar.create(poll, { change: true })
    await roar.act(poll, 'open')
    const closes = await closesSoon(poll)
    const receipts: Receipt[] = []
    while (Date.now() < closes) receipts.push(...(await voted(poll)))
    await sealed(poll)
    beyondDiskMs.timed.push(beyondDisk(closes))
    await allAreIn(poll, receipts)
  })
})

test('and of one that is closed and sealed by hand while answers are on their way', async () => {
  await eachOf('hand', async (poll) => {
    await roar.create(poll, { change: true })
    await roar.act(poll, 'open')
    const voting = voted(poll)
    await roar.act(poll, 'close')
    const startedMs = Date.now()
    expect((await roar.act(poll, 'seal')).status).toBe(200)
    beyondDiskMs.hand.push(beyondDisk(startedMs))
    await allAreIn(poll, await voting)
  })
})
