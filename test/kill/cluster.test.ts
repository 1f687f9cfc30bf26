import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { clientOptions } from '../../adapters/kafka/connection.ts'
import { TOPIC_RULES } from '../../adapters/kafka/topics.ts'
import type { LogTopic } from '../../adapters/log/log.ts'
import { auditPoll } from '../../cli/audit/audit.ts'
import { openCluster } from '../../cli/audit/cluster.ts'
import { type Cluster, startCluster } from '../../deploy/cluster/cluster.ts'
import { isConsistent } from '../../engine/polls/merkle.ts'
import { seededRandom } from '../../load/random.ts'
import { runVotes } from '../../load/votes.ts'
import type { MoodPacket } from '../../protocol/packets.ts'
import type { Certificate } from '../../protocol/polls.ts'
import { slices } from '../../protocol/records/slices.ts'
import type { ShowDocument } from '../../protocol/show.ts'
import { sha256 } from '../../services/sha256.ts'
import { patientLog } from '../cluster/patient-log.ts'
import { UNHURRIED_MS } from '../cluster/spark-on-kafka.ts'
import { HANG_MS } from '../hang.ts'
import { needs } from '../needs.ts'
import { ROAR } from '../roar-process.ts'
import { until } from '../until.ts'

const here = needs('java') && needs('mvn') && needs('mosquitto')
const TAP_EVERY_MS = 20
/** Seeds of the votes: `SEEDS=20 bun test test/kill/cluster -t vote` for a long run, `SEED=7` to repeat one. */
const SEEDS = process.env.SEED
  ? [Number(process.env.SEED)]
  : Array.from({ length: Number(process.env.SEEDS ?? 1) }, (_, i) => i + 1)
const VOTERS = 3000
const VOTES_PER_SECOND = 300
/** Only against hangs: after a kill Spark catches up slowly when others want the cores too. */
const SETTLE_S = 240
const CATCHES_UP = { giveUpMs: SETTLE_S * 1000 }
/** Receipts between two reads of the heads. */
const HEADS_EVERY = 250

/** Taps at both ingests, one burst at a time each, and counts the accepted ones. */
class Taps {
  accepted = 0
  #going = true
  readonly #callers: Promise<void>[]

  constructor(urls: string[]) {
    this.#callers = urls.map((url) => this.#tap(url))
  }

  async #tap(url: string): Promise<void> {
    while (this.#going) {
      const response = await fetch(`${url}/v1/shows/final/reactions`, {
        method: 'POST',
        body: '{"stickers":{"heart":3,"six":1},"segment":"home"}',
      })
      // Whatever is killed beneath it, an ingest accepts reactions.
      if (response.status !== 202) throw new Error(`a tap was answered with ${response.status}`)
      this.accepted += 4
      await Bun.sleep(TAP_EVERY_MS)
    }
  }

  async stop(): Promise<number> {
    this.#going = false
    await Promise.all(this.#callers)
    return this.accepted
  }
}

describe.skipIf(!here)('a cluster, while viewers tap', () => {
  let cluster: Cluster
  let counted = 0
  beforeAll(async () => {
    cluster = await startCluster({ port: 0, program: ROAR, sparkTriggerMs: UNHURRIED_MS })
  }, HANG_MS)
  afterAll(async () => {
    await cluster?.stop()
  }, HANG_MS)

  const total = async (): Promise<number> =>
    ((await (await fetch(`${cluster.url}/v1/shows/final/mood`)).json()) as MoodPacket).total

  /** Resolves once that much is counted, and fails if it is more. */
  async function untilCounted(expected: number): Promise<void> {
    expect(await until(total, (now) => now >= expected, CATCHES_UP)).toBe(expected)
  }

  const afterwards = (title: string, killing: () => Promise<unknown>): void => {
    test(`${title}: every reaction that was accepted is counted, once`, async () => {
      const { ingest1, ingest2 } = cluster.roles
      const taps = new Taps([ingest1.url, ingest2.url])
      await untilMoving()
      await killing()
      const grown = taps.accepted + 400
      await until(() => taps.accepted >= grown, Boolean, CATCHES_UP)
      counted += await taps.stop()
      await untilCounted(counted)
    })
  }

  /** Waits until counts arrive, so that a kill hits a working process. */
  async function untilMoving(): Promise<void> {
    const before = await total()
    await until(total, (now) => now !== before, CATCHES_UP)
  }

  const killRole = (name: 'deliver' | 'edge1' | 'aggregate') => async () => {
    await cluster.roles[name].kill()
    await cluster.roles[name].start()
  }

  afterwards('kill -9 of nothing', async () => {})
  afterwards('kill -9 of deliver', killRole('deliver'))
  afterwards('kill -9 of an edge', killRole('edge1'))
  afterwards("kill -9 of Spark's supervisor", killRole('aggregate'))
  afterwards('kill -9 of Mosquitto', async () => {
    await cluster.mosquitto!.kill()
    await cluster.mosquitto!.restart()
  })
  afterwards('kill -9 of Spark', async () => {
    await cluster.spark!.server.kill()
    await cluster.spark!.server.start()
  })
  afterwards('kill -9 of Kafka', async () => {
    await cluster.kafka!.broker.kill()
    await cluster.kafka!.broker.start()
  })

  for (const seed of SEEDS) {
    test(`kill -9 of ingests, Spark and Kafka while viewers vote, seed ${seed}: every receipt is counted once, the audit agrees, and every head begins the certificate`, async () => {
      const { ingest1, ingest2, studio } = cluster.roles
      const victims = [ingest1, ingest2, cluster.spark!.server, cluster.kafka!.broker]
      const random = seededRandom(seed)
      const kills = victims
        .map((victim) => ({ victim, at: Math.floor((0.1 + 0.7 * random()) * VOTERS) }))
        .toSorted((a, b) => a.at - b.at)
      let killing = Promise.resolve()
      const heads: string[] = []
      const result = await runVotes(
        {
          url: ingest1.url,
          others: [ingest2.url],
          studio: studio.url,
          show: 'final',
          poll: undefined,
          secret: new TextEncoder().encode(cluster.secret),
          viewers: VOTERS,
          rate: VOTES_PER_SECOND,
          seconds: 120,
          seed,
          settleSeconds: SETTLE_S,
          proofs: VOTERS,
        },
        {
          receipt(receipts) {
            if (receipts % HEADS_EVERY === 0) void gatherHeads([ingest1.url, ingest2.url], heads)
            while (kills.length > 0 && kills[0]!.at <= receipts) {
              const { victim } = kills.shift()!
              killing = killing.then(async () => {
                await victim.kill()
                await victim.start()
              })
            }
          },
        },
        new AbortController().signal,
      )
      await killing
      expect(kills).toEqual([])
      expect(result.verdict.faults).toEqual([])
      expect(result.receipts).toBe(VOTERS)
      expect(await otherHistories(ingest1.url, result.poll, heads)).toEqual([])
      const source = openCluster({
        kafka: clientOptions({ brokers: [cluster.kafka!.address] }, 10_000),
        topicPrefix: 'roar-',
        store: cluster.store,
      })
      const audit = await auditPoll(source, 'final', result.poll)
      await source.close()
      expect(audit.findings).toEqual([])
      expect([audit.count.viewers, audit.ballots]).toEqual([result.counted, result.ballots])
    })
  }

  afterwards('Kafka frozen, ingests ready for taps and not for votes', async () => {
    const { ingest1, ingest2 } = cluster.roles
    const ready = async (url: string, purpose: string) => (await fetch(`${url}/readyz/${purpose}`)).status
    cluster.kafka!.broker.freeze()
    for (const { url } of [ingest1, ingest2]) {
      await until(
        () => ready(url, 'votes'),
        (status) => status === 503,
        CATCHES_UP,
      )
      expect(await ready(url, 'taps')).toBe(200)
    }
    cluster.kafka!.broker.thaw()
    for (const { url } of [ingest1, ingest2])
      await until(
        () => ready(url, 'votes'),
        (status) => status === 200,
        CATCHES_UP,
      )
  })

  afterwards('records that are none in every topic, and roles that begin on them', async () => {
    const log = await patientLog({ brokers: [cluster.kafka!.address] })
    for (const topic of Object.keys(TOPIC_RULES) as LogTopic[])
      await log.append(
        topic,
        NO_RECORDS.map((value) => ({ key: 'k', value })),
      )
    await log.append('reactions', [OF_NOBODY])
    await log.close()
    // The ingests have viewers; one of them starts with these records too, in the SIGTERM test.
    const { deliver, studio, aggregate } = cluster.roles
    for (const role of [deliver, studio, aggregate]) {
      await role.kill()
      await role.start()
    }
  })

  test('SIGTERM drains every role with nothing left behind', async () => {
    const taps = new Taps([cluster.roles.ingest1.url])
    await untilMoving()
    counted += await taps.stop()
    expect(await cluster.roles.ingest2.stop()).toBe(0)
    await cluster.roles.ingest2.start()
    await untilCounted(counted)
  })
})

const bytes = new TextEncoder()
const NO_RECORDS = ['{', 'null', '', '[]', '"', '{"show":"final\\n"}', ' '.repeat(800_000)]
  .map((text) => bytes.encode(text))
  .concat(new Uint8Array([0xff, 0xfe]))

/** A valid slice for a show that does not exist, with the largest possible count. */
const OF_NOBODY = slices.encode({
  ...{ show: 'nobody', producer: 'stranger', sequence: 1, from: 0, to: 0 },
  ...{ segment: [''], sticker: ['heart'], count: [Number.MAX_SAFE_INTEGER] },
})

/** Heads of the newest poll, from the servers that answer. */
async function gatherHeads(urls: string[], heads: string[]): Promise<void> {
  for (const url of urls) {
    // A server that is being killed does not answer.
    const show = await jsonOf<ShowDocument>(`${url}/v1/shows/final`).catch(() => undefined)
    const poll = show?.polls.at(-1)?.poll
    const answer = await jsonOf<Heads>(`${url}/v1/shows/final/polls/${poll}/heads`).catch(() => undefined)
    heads.push(...(answer?.heads ?? []).slice(0, 1))
  }
}

/** The heads that are not a prefix of the certificate's tree. */
async function otherHistories(url: string, poll: string, heads: string[]): Promise<string[]> {
  const at = `${url}/v1/shows/final/polls/${poll}`
  const { statement } = await jsonOf<Certificate>(`${at}/certificate`)
  const newer = { size: statement.ballots, root: Buffer.from(statement.root, 'base64url') }
  const others: string[] = []
  expect(heads.length).toBeGreaterThan(1)
  for (const head of heads) {
    const [, size, root] = head.split('\n')
    if (size === '0') continue
    const { proof } = await jsonOf<Heads>(`${at}/heads?from=${size}`)
    const older = { size: Number(size), root: Buffer.from(root!, 'base64') }
    const path = proof!.path.map((hash) => Buffer.from(hash, 'base64url'))
    if (!isConsistent(sha256, { older, newer, path })) others.push(head)
  }
  return others
}

interface Heads {
  heads: string[]
  proof?: { path: string[] }
}

async function jsonOf<Body>(url: string): Promise<Body> {
  return (await (await fetch(url)).json()) as Body
}
