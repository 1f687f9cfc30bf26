import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import pino from 'pino'
import { systemClock } from '../../adapters/clock/clock.ts'
import { createTopics, withAdmin } from '../../adapters/kafka/admin.ts'
import { rootOf } from '../../engine/polls/receipts.ts'
import { seededRandom } from '../../load/random.ts'
import type { Suspect } from '../../protocol/cohorts.ts'
import { type BallotProof, type Certificate, leafText, type Receipt } from '../../protocol/polls.ts'
import { startTally } from '../../services/polls/tally.ts'
import { sha256 } from '../../services/sha256.ts'
import { UNSUPERVISED } from '../../services/supervision/unsupervised.ts'
import { launchRole, logFlags } from '../cluster/launch-role.ts'
import { patientLog } from '../cluster/patient-log.ts'
import { type Postgres, postgresFolder, startPostgres } from '../cluster/postgres.ts'
import { type SharedKafka, sharedKafka } from '../cluster/shared-kafka.ts'
import { HANG_MS } from '../hang.ts'
import { needs } from '../needs.ts'
import { answerOf, SECRET, tokenOf, votingClient } from '../polls/voting.ts'

/** Seeds of a run, half a minute each: `SEEDS=10 bun test test/kill/seals`; `SEED=7` repeats one. Default: none. */
const SEEDS = process.env.SEED
  ? [Number(process.env.SEED)]
  : Array.from({ length: Number(process.env.SEEDS ?? 0) }, (_, i) => i + 1)
const VIEWERS = 40
/** Time during which votes are sent, up to the close of the poll. */
const OPEN_MS = 5_000
/** Duration of a seal in a cluster after the last vote: it waits for every process. */
const SEAL_MS = 19_000
const CHOICES = ['anna', 'ben', 'cleo']
const here = needs('java') && needs('mvn') && needs('postgres', postgresFolder() !== undefined)

describe.skipIf(!here)('seals of a cluster whose processes are killed', () => {
  let kafka: SharedKafka
  let postgres: Postgres
  beforeAll(async () => {
    ;[kafka, postgres] = await Promise.all([sharedKafka(), startPostgres()])
  }, HANG_MS)
  afterAll(async () => {
    await Promise.all([kafka?.close(), postgres?.close()])
  }, HANG_MS)

  for (const seed of SEEDS) {
    test(`kill -9 of an ingest and of a studio in the middle of a seal, seed ${seed}: it ends, with one certificate, which has every receipt`, async () => {
      const random = seededRandom(seed)
      const closers: (() => unknown)[] = []
      const later = (close: () => unknown) => void closers.push(close)
      try {
        const roles = await startRoles(seed, later)
        const polls = ['timed', 'hand']
        const studio = () => votingClient(roles.url('studio', 0))
        const open = async (poll: string) => {
          expect((await studio().create(poll, { change: true, voters: 'guests' })).status).toBe(201)
          expect((await studio().act(poll, 'open')).status).toBe(200)
        }
        await Promise.all(polls.map(open))
        const closes = Date.now() + OPEN_MS
        const set = async (poll: string, rules: object) =>
          expect((await studio().studio('PATCH', `polls/${poll}`, rules)).status).toBe(200)
        const settled = Promise.all([set('timed', { closes, seals: closes }), set('hand', { closes })])

        const kills = [
          roles.killAt('ingest', seed % 2, closes - 2_000 + 3_000 * random()),
          roles.killAt('studio', 0, closes + SEAL_MS * random()),
        ]
        const receipts = await Promise.all(
          polls.map(async (poll) => {
            const all: Receipt[] = []
            const voting = Array.from({ length: VIEWERS }, async (_, viewer) => {
              const at = () => votingClient(roles.url('ingest', viewer % 2))
              for (let turn = 0; Date.now() < closes + 500; turn++) {
                const choice = CHOICES[(viewer + turn) % 3]!
                const receipt = await receiptOf(() => at().vote(poll, tokenOf(`v${viewer}`), { choice }))
                if (receipt === undefined) return
                all.push(receipt)
                await Bun.sleep(200 + 400 * random())
              }
            })
            await Promise.all(voting)
            return all
          }),
        )
        // A seal by hand is repeated until there is an answer.
        while ((await answerOf(() => studio().act('hand', 'seal')))?.status !== 200) await Bun.sleep(200)
        await Promise.all([settled, ...kills])
        for (const [i, poll] of polls.entries()) {
          const certificates = await Promise.all([0, 1].map((n) => roles.certificate(n, poll)))
          expect(certificates[1]).toEqual(certificates[0]!)
          const { statement } = certificates[0]!
          expect(receipts[i]!.length).toBeGreaterThan(0)
          const voters = new Set(receipts[i]!.map(({ voter }) => voter)).size
          expect(statement.viewers).toBeGreaterThanOrEqual(voters)
          expect(statement.viewers).toBeLessThanOrEqual(VIEWERS)
          const { json } = votingClient(roles.url('ingest', 0))
          for (const receipt of receipts[i]!) {
            const proof = await json<BallotProof>(`/v1/shows/final/polls/${poll}/proofs/${receipt.ballot}`)
            expect(rootOf(sha256, leafText(receipt), proof)).toBe(statement.root)
          }
        }
        const trail = (await studio().studio('GET', 'audit')).body as unknown as { action: string }[]
        expect(trail.filter(({ action }) => action === 'seal')).toHaveLength(polls.length)
      } finally {
        for (const close of closers.reverse()) await close()
      }
    })
  }

  test('what two ingests put in quarantine from one network is one cohort, whose ballots are those of the count', async () => {
    const closers: (() => unknown)[] = []
    const later = (close: () => unknown) => void closers.push(close)
    const voters = Array.from({ length: 2 * VIEWERS }, (_, viewer) => viewer)
    try {
      const limit = ['--trust-proxy', 'true', '--network-burst', '5', '--network-per-second', '1']
      const roles = await startRoles(0, later, [...limit, '--quarantine-percent', '100'])
      const { create, act, studio } = votingClient(roles.url('studio', 0))
      await create('mvp')
      await act('mvp', 'open')
      const cast = (viewer: number) =>
        fetch(`${roles.url('ingest', viewer % 2)}/v1/shows/final/polls/mvp/votes`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${tokenOf(`v${viewer}`)}`,
            'x-forwarded-for': `192.0.2.${viewer}`,
          },
          body: '{"choice":"anna"}',
        })
      for (const { status } of await Promise.all(voters.map(cast))) expect(status).toBe(201)
      for (;;) {
        const { tally } = (await studio('GET', 'polls/mvp')).body as {
          tally: { quarantined: number; withQuarantined: { ballots: number } }
        }
        const cohorts = (await studio('GET', 'polls/mvp/cohorts')).body as unknown as Suspect[]
        const sum = cohorts.reduce((all, { beyondLimit }) => all + beyondLimit, 0)
        expect(sum).toBeLessThanOrEqual(voters.length)
        if (tally.withQuarantined.ballots === voters.length && sum === tally.quarantined) {
          expect(cohorts).toHaveLength(1)
          expect(sum).toBeGreaterThan(0)
          break
        }
        await Bun.sleep(200)
      }
    } finally {
      for (const close of closers.reverse()) await close()
    }
  })

  /** Two ingests, one or two studios, and a count in this process; each seed has its own topics and database. */
  async function startRoles(seed: number, later: (close: () => unknown) => void, ofIngests: string[] = []) {
    const address = { brokers: [kafka.address], topicPrefix: `${kafka.prefix}${seed}-` }
    // The count in this process reads one partition, as in `roar up`: several are Spark's task.
    await withAdmin(address, (admin) => createTopics(admin, address, { partitions: 1, replication: 1 }))
    const store = await postgres.database(`seals${seed}`)
    const flags = [
      ...logFlags(address),
      '--store',
      store,
      ...['--auth-secret', SECRET, '--log-level', 'silent'],
    ]
    const launch = async (role: 'ingest' | 'studio') => {
      const more = role === 'ingest' ? ofIngests : []
      const launched = await launchRole({ role, flags: [...flags, ...more], later })
      await launched.until(200)
      return launched
    }
    const roles = {
      studio: [await launch('studio')],
      ingest: await Promise.all([launch('ingest'), launch('ingest')]),
    }
    // Two studios both seal by the schedule, and notice each other.
    if (seed > 0 && seed % 2 === 0) roles.studio.push(await launch('studio'))
    const log = await patientLog(address)
    later(() => log.close())
    const count = startTally({
      ...{ log, clock: systemClock, logger: pino({ level: 'silent' }), everyMs: 100 },
      ...{ skip: () => false, health: UNSUPERVISED },
    })
    later(() => count.drain())
    return {
      url: (role: 'ingest' | 'studio', i: number) => roles[role][i]!.url,
      async killAt(role: 'ingest' | 'studio', i: number, atMs: number): Promise<void> {
        await Bun.sleep(atMs - Date.now())
        roles[role][i]!.child.kill('SIGKILL')
        await roles[role][i]!.child.exited
        roles[role][i] = await launch(role)
      },
      async certificate(i: number, poll: string): Promise<Certificate> {
        for (;;) {
          const url = `${roles.ingest[i]!.url}/v1/shows/final/polls/${poll}/certificate`
          const response = await fetch(url)
          if (response.ok) return (await response.json()) as Certificate
          await Bun.sleep(200)
        }
      },
    }
  }
})

/** Retries until there is an answer, as a viewer's phone does. @returns undefined once the poll accepts no votes */
async function receiptOf(
  vote: () => ReturnType<ReturnType<typeof votingClient>['vote']>,
): Promise<Receipt | undefined> {
  for (;;) {
    const answer = await answerOf(vote)
    if (answer?.status === 200 || answer?.status === 201) return answer.receipt
    if (answer?.problem.code === 'poll_closed') return undefined
    if (answer !== undefined && answer.status !== 503)
      throw new Error(`an answer nobody expects: ${answer.status} ${answer.problem.code}`)
    await Bun.sleep(50)
  }
}
