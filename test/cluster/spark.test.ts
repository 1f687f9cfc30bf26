import { afterAll, beforeAll, describe } from 'bun:test'
import { startSpark } from '../../deploy/programs/spark.ts'
import { HANG_MS } from '../hang.ts'
import { needs } from '../needs.ts'
import { smallDisk } from '../small-disk.ts'
import { secureKafka } from './kafka-secure.ts'
import { startSecureKafka } from './secure-kafka.ts'
import { sparkKilled } from './spark-killed.ts'
import type { SparkOnKafka } from './spark-on-kafka.ts'
import { reactionsOnSpark } from './spark-reactions.ts'
import { votesOnSpark } from './spark-votes.ts'

const isHere = [needs('java'), needs('mvn'), needs('openssl')].every(Boolean)
const disk = isHere ? smallDisk(16 * 2 ** 20) : undefined

describe.skipIf(!isHere)('Spark', () => {
  const on = {} as SparkOnKafka
  beforeAll(async () => {
    const [kafka, spark] = await Promise.all([startSecureKafka(), startSpark()])
    Object.assign(on, { kafka, spark })
  }, HANG_MS)
  afterAll(async () => {
    await Promise.all([on.kafka?.close(), on.spark?.close()])
    disk?.remove()
  }, HANG_MS)

  describe('on a Kafka that demands TLS and a password', () => secureKafka(on))
  describe('counting votes', () => votesOnSpark(on))
  describe('counting reactions', () => reactionsOnSpark(on, disk))
  // Last: what comes after it would fail with it.
  describe('killed', () => sparkKilled(on))
})
