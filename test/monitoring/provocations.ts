import { Database } from 'bun:sqlite'
import { writeFileSync } from 'node:fs'
import { ConfigResourceTypes, Producer } from '@platformatic/kafka'
import { withAdmin } from '../../adapters/kafka/admin.ts'
import type { Cluster } from '../../deploy/cluster/cluster.ts'
import type { JavaProgram } from '../../deploy/programs/java.ts'
import { runVotes } from '../../load/votes.ts'
import { slices } from '../../protocol/records/slices.ts'
import { patientLog } from '../cluster/patient-log.ts'
import type { LoneRoar } from './lone-roar.ts'

export interface Provocation {
  /** What is done, for people. */
  what: string
  alerts: string[]
  begin(): unknown
  /** Ends it, after which every alert must clear. */
  end(): unknown
}

/** Spark's batches end at 50,000 slices, so how far it is behind shows from the first on. */
const FLOOD = { atOnce: 200_000, slices: 10_000, more: 2_000, everyMs: 250 }
/** A process lives this long between two kills, so that it is scraped. */
const BETWEEN_KILLS_MS = 2_000
const LONG_AGO_MS = 3_600_000
const TOPIC = 'roar-reactions'

/** What breaks a cluster, or `roar up` beside it, so that each alert has its reason; in this order. */
export function provocations(cluster: Cluster, lone: LoneRoar): Provocation[] {
  const { edge2, deliver } = cluster.roles
  const kafka = cluster.kafka!
  let voting: Promise<unknown> = Promise.resolve()
  let release = () => {}
  let cancel: () => unknown = () => {}
  return [
    {
      what: 'kill -9 of an edge',
      alerts: ['RoarDown'],
      begin: () => edge2.kill(),
      end: () => edge2.start(),
    },
    {
      what: 'kill -9 of an edge again and again',
      alerts: ['RoarRestarts'],
      begin() {
        cancel = again(async () => {
          await edge2.kill()
          await edge2.start()
          await Bun.sleep(BETWEEN_KILLS_MS)
        })
      },
      end: () => cancel(),
    },
    {
      what: 'kill -9 of the only deliver',
      alerts: ['RoarNoActiveDeliver'],
      begin: () => deliver.kill(),
      end: () => deliver.start(),
    },
    {
      what: 'the broker is gone',
      alerts: ['RoarPubSubUnreachable', 'RoarEdgeCutOff', 'RoarPartWaits'],
      begin: () => cluster.mosquitto!.kill(),
      end: () => cluster.mosquitto!.restart(),
    },
    {
      what: 'Kafka hangs while viewers vote',
      alerts: ['RoarLogUnreachable', 'RoarErrors', 'RoarVotesWait'],
      async begin() {
        const counting = Promise.withResolvers<void>()
        voting = runVotes(
          votesAt(cluster),
          { receipt: () => counting.resolve() },
          new AbortController().signal,
        )
        await counting.promise
        kafka.broker.freeze()
      },
      async end() {
        kafka.broker.thaw()
        await voting
      },
    },
    {
      what: 'Kafka hangs for two seconds in five',
      alerts: ['RoarLogSlow'],
      begin() {
        cancel = again(() => stutter(kafka.broker, { frozenMs: 2000, runningMs: 3000 }))
      },
      end: () => cancel(),
    },
    {
      what: 'another program locks the store',
      alerts: ['RoarStoreFails', 'RoarPacketsLate'],
      begin() {
        const store = new Database(cluster.store.replace('sqlite:', ''))
        const lock = () => {
          store.run('BEGIN EXCLUSIVE')
          timer = setTimeout(unlock, 8000)
        }
        // What waited is published, late.
        const unlock = () => {
          store.run('COMMIT')
          timer = setTimeout(lock, 500)
        }
        store.run('PRAGMA busy_timeout = 10000')
        let timer = setTimeout(lock, 0)
        release = () => {
          clearTimeout(timer)
          store.close()
        }
      },
      end: () => release(),
    },
    {
      what: 'records that cannot be read',
      alerts: ['RoarDeadLetters'],
      async begin() {
        const log = await patientLog({ brokers: [kafka.address] })
        const record = { key: 'k', value: new TextEncoder().encode('{') }
        for (const topic of ['reactions', 'posts'] as const) await log.append(topic, [record])
        await log.close()
      },
      end() {},
    },
    {
      what: 'a topic takes the times of its writers, and one writes of an hour ago',
      alerts: ['RoarCountsWrong'],
      async begin() {
        await setTimes(kafka.address, 'CreateTime')
        const producer = new Producer({ clientId: 'stranger', bootstrapBrokers: [kafka.address] })
        const timestamp = BigInt(Date.now() - LONG_AGO_MS)
        await producer.send({
          messages: [{ topic: TOPIC, timestamp, value: Buffer.from(slices.encode(sliceOf(0)).value) }],
        })
        await producer.close()
      },
      end: () => setTimes(kafka.address, 'LogAppendTime'),
    },
    {
      what: 'Spark hangs',
      alerts: ['RoarNotCounting'],
      begin: () => cluster.spark!.server.freeze(),
      end: () => cluster.spark!.server.thaw(),
    },
    {
      what: 'more slices at once than Spark counts',
      alerts: ['RoarSparkBehind'],
      async begin() {
        const log = await patientLog({ brokers: [kafka.address] })
        // Again and again the same ones: to recognise a repeat is all of Spark's work for it, and its memory does not grow.
        const records = Array.from({ length: FLOOD.slices }, (_, sequence) =>
          slices.encode(sliceOf(sequence)),
        )
        const { server } = cluster.spark!
        server.freeze()
        for (let sent = 0; sent < FLOOD.atOnce; sent += records.length) await log.append('reactions', records)
        server.thaw()
        const flooding = again(async () => {
          await log.append('reactions', records.slice(0, FLOOD.more))
          await Bun.sleep(FLOOD.everyMs)
        })
        cancel = async () => {
          await flooding()
          await log.close()
        }
      },
      end: () => cancel(),
    },
    {
      what: "the machine's clock jumps by two seconds",
      alerts: ['RoarClockOff'],
      async begin() {
        await lone.openPoll()
        writeFileSync(lone.clockOffset, '2000')
      },
      end: () => writeFileSync(lone.clockOffset, '0'),
    },
    {
      what: 'a certificate of five days',
      alerts: ['RoarCertificateExpires'],
      begin: () => lone.renew(5),
      end: () => lone.renew(90),
    },
    {
      what: 'as many viewers as a process may hold',
      alerts: ['RoarEdgeFull', 'RoarFilesNearLimit'],
      begin: () => lone.fill(),
      end: () => lone.empty(),
    },
    {
      what: 'more bursts than a process is set to take',
      alerts: ['RoarEstimates'],
      begin: () => lone.tap(50),
      end: () => lone.tap(0),
    },
  ]
}

/** Does it again and again. Returns a function that ends it, and resolves when the last time is over. */
function again(act: () => Promise<unknown>): () => Promise<void> {
  let isOver = false
  const acting = (async () => {
    while (!isOver) await act()
  })()
  // Whoever ends it is told.
  acting.catch(() => {})
  return () => {
    isOver = true
    return acting
  }
}

/** A program that gets no time for a while, and then some. */
async function stutter(
  program: JavaProgram,
  { frozenMs, runningMs }: { frozenMs: number; runningMs: number },
): Promise<void> {
  program.freeze()
  await Bun.sleep(frozenMs)
  program.thaw()
  await Bun.sleep(runningMs)
}

/** Whose time the records of `TOPIC` have: their writer's, or the log's. */
const setTimes = (broker: string, whose: 'CreateTime' | 'LogAppendTime'): Promise<unknown> =>
  withAdmin({ brokers: [broker] }, (admin) => {
    const configs = [{ name: 'message.timestamp.type', value: whose, configOperation: 0 as const }]
    return admin.incrementalAlterConfigs({
      resources: [{ resourceType: ConfigResourceTypes.TOPIC, resourceName: TOPIC, configs }],
    })
  })

/** More at once than one ingest is meant to have waiting. */
const votesAt = ({ roles, secret }: Cluster) => ({
  ...{ url: roles.ingest1.url, studio: roles.studio.url, show: 'final', poll: undefined },
  ...{ secret: new TextEncoder().encode(secret), viewers: 6000, rate: 600, seconds: 60, seed: 1 },
  ...{ settleSeconds: 240, proofs: 10, connections: 3000 },
})

/** Of a show that there is not: counted, and seen by nobody. */
const sliceOf = (sequence: number) => ({
  ...{ show: 'nobody', producer: 'stranger', sequence, from: 0, to: 0 },
  ...{ segment: [''], sticker: ['heart'], count: [1] },
})
