/** Processor time of each step of a durable vote, in this process: run it on the server's core. Prints `VoteCosts`. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../adapters/clock/clock.ts'
import { memoryPollStore } from '../../adapters/memory/polls-memory.ts'
import { SqliteLog } from '../../adapters/sqlite/log-sqlite.ts'
import { signBatch } from '../../engine/polls/receipts.ts'
import { tokenSigner } from '../../load/votes-plan.ts'
import type { Ballot } from '../../protocol/polls.ts'
import { Identity } from '../../services/identity/identity.ts'
import { encodeBallot } from '../../services/polls/ballot-codec.ts'
import { SigningKeys } from '../../services/polls/signing-keys.ts'
import { sha256 } from '../../services/sha256.ts'
import { UNSUPERVISED } from '../../services/supervision/unsupervised.ts'

/** As many votes as connections: what a busy server commits together. */
const BATCH = 256
const BATCHES = 60
/** The first ones include compilation. */
const WARM_UP = 20

/** Microseconds for a vote: processor time, and waiting time if the disk is involved. */
export interface VoteCosts {
  tokenUs: number
  diskCpuUs: number
  diskWaitUs: number
  receiptUs: number
}

const folder = mkdtempSync(join(tmpdir(), 'roar-bench-costs-'))

interface Cost {
  cpuUs: number
  wallUs: number
}

/** The cost of one vote of a batch. @param prepare Not measured */
async function costOf<T>(prepare: () => T, work: (prepared: T) => Promise<unknown> | unknown): Promise<Cost> {
  let [cpuUs, wallUs] = [0, 0]
  for (let batch = 0; batch < WARM_UP + BATCHES; batch++) {
    const prepared = prepare()
    const [cpu, ms] = [process.cpuUsage(), performance.now()]
    await work(prepared)
    const { user, system } = process.cpuUsage(cpu)
    if (batch < WARM_UP) continue
    cpuUs += user + system
    wallUs += 1000 * (performance.now() - ms)
  }
  return { cpuUs: cpuUs / BATCH / BATCHES, wallUs: wallUs / BATCH / BATCHES }
}

let number = 0
const some = <T>(make: () => T): T[] => Array.from({ length: BATCH }, make)

const secret = randomBytes(32)
const sign = tokenSigner(secret)
const identity = new Identity({ secret, guests: false })
const exp = Math.floor(Date.now() / 1000) + 86_400
const token = await costOf(
  () => some(() => sign({ sub: `load-costs-${number++}`, exp })),
  async (tokens) => {
    for (const one of tokens) await identity.verify(one)
  },
)

const ballot = (): Ballot => ({
  show: 'final',
  poll: 'costs',
  producer: 'costs',
  sequence: number++,
  batch: 0,
  size: BATCH,
  ballot: Bun.randomUUIDv7(),
  voter: randomBytes(16).toString('base64url'),
  segment: '',
  choice: ['anna'],
  points: [1],
  at: Date.now(),
  late: false,
  quarantined: false,
  ordinal: 1,
  salt: randomBytes(16).toString('base64url'),
  markSalt: randomBytes(16).toString('base64url'),
})

const log = new SqliteLog(join(folder, 'log.db'), { clock: systemClock })
const disk = await costOf(
  () => some(ballot),
  (ballots) =>
    log.append(
      'ballots',
      ballots.map((one) => ({ key: one.voter, value: encodeBallot(one) })),
    ),
)
await log.close()

const signer = await SigningKeys.open({
  store: memoryPollStore(),
  clock: systemClock,
  shared: false,
  health: UNSUPERVISED,
})
/** The length of a hash. */
const PAPER = 'p'.repeat(43)
const receipt = await costOf(
  () => some(ballot),
  (ballots) => {
    const places = ballots.map((_, offset) => ({ partition: 0, offset }))
    for (const one of signBatch(ballots, places, { sha256, signer, papers: () => PAPER })) JSON.stringify(one)
  },
)
rmSync(folder, { recursive: true })

const costs: VoteCosts = {
  tokenUs: token.cpuUs,
  diskCpuUs: disk.cpuUs,
  diskWaitUs: disk.wallUs,
  receiptUs: receipt.cpuUs,
}
console.log(JSON.stringify(costs))
