import { Database } from 'bun:sqlite'
import { writeFileSync } from 'node:fs'
import { openKafkaLog } from '../../adapters/kafka/log-kafka.ts'
import type { Cluster } from '../../deploy/cluster/cluster.ts'
import { runVotes } from '../../load/votes.ts'
import { slices } from '../../protocol/records/slices.ts'
import type { LoneRoar } from './lone-roar.ts'

export interface Provocation {
  /** What is done, for people. */
  what: string
  alerts: string[]
  begin(): unknown
  /** Ends it, after which every alert must clear. */
  end(): unknown
}

/** Alerts for what cannot be brought about from outside; `promtool test rules` fires and clears them on written series. */
export const NOT_PROVOKED: Record<string, string> = {
  RoarPartFailed: 'a part that gives up ends its process, and is rarely scraped before',
  RoarCountsWrong: 'by the time of the log nothing is late',
}

const RAMP_MS = 250

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
        const thaw = () => {
          kafka.broker.thaw()
          timer = setTimeout(freeze, 3000)
        }
        const freeze = () => {
          kafka.broker.freeze()
          timer = setTimeout(thaw, 2000)
        }
        let timer = setTimeout(freeze, 0)
        cancel = () => clearTimeout(timer)
      },
      end() {
        cancel()
        kafka.broker.thaw()
      },
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
        const log = await openKafkaLog({ brokers: [kafka.address] })
        const record = { key: 'k', value: new TextEncoder().encode('{') }
        for (const topic of ['reactions', 'posts'] as const) await log.append(topic, [record])
        await log.close()
      },
      end() {},
    },
    {
      what: 'more and more slices than Spark counts',
      alerts: ['RoarSparkBehind'],
      async begin() {
        const log = await openKafkaLog({ brokers: [kafka.address] })
        let sequence = 0
        const flood = async (records: number): Promise<void> => {
          if (isOver) return log.close()
          await log.append(
            'reactions',
            Array.from({ length: records }, () => slices.encode(sliceOf(sequence++))),
          )
          await Bun.sleep(RAMP_MS)
          return flood(records + 100)
        }
        let isOver = false
        const flooding = flood(500)
        cancel = () => {
          isOver = true
          return flooding
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
