import type { JavaProgram } from '../../deploy/programs/java.ts'
import { type Kafka, startKafka } from '../../deploy/programs/kafka.ts'

/** Names the address at which the files of a test run ask for the Kafka that they share. */
export const SHARED_KAFKA = 'TESTS_SHARED_KAFKA'

/** Only against one that hangs: it may be busy with the tests of others. */
const ANSWERS_MS = 120_000

export interface SharedKafka {
  /** `host:port` for clients. */
  address: string
  /** The beginning of every topic of who asked: others have theirs. */
  prefix: string
  close(): Promise<void>
}

/**
 * A Kafka for tests that do not stop it and do not fill its disk: one for all files of a run, as each start costs seconds. A file
 * that runs alone has its own.
 */
export async function sharedKafka(): Promise<SharedKafka> {
  const prefix = `t${crypto.randomUUID().slice(0, 8)}-`
  const shared = process.env[SHARED_KAFKA]
  if (shared === undefined) {
    const { address, close } = await startKafka()
    return { address, prefix, close }
  }
  const answer = await fetch(shared)
  const address = await answer.text()
  if (!answer.ok) throw new Error(address)
  return { address, prefix, close: async () => {} }
}

/** What is needed of a Kafka to share it. */
type Shareable = Pick<Kafka, 'address' | 'close'> & { broker: Pick<JavaProgram, 'responds'> }

/** Starts the Kafka of a run for whoever asks first, and another one in place of one that has ended. */
export function shareKafka(start: () => Promise<Shareable> = startKafka) {
  let kafka: Promise<Shareable> | undefined
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 0,
    async fetch() {
      kafka = running(kafka)
      return new Response((await kafka).address)
    },
    error: (cause) => new Response(cause.message, { status: 500 }),
  })

  async function running(before: Promise<Shareable> | undefined): Promise<Shareable> {
    const known = await started(before)
    const isUp = await known?.broker.responds({ timeoutMs: ANSWERS_MS }).then(
      () => true,
      () => false,
    )
    if (known !== undefined && isUp) return known
    await known?.close()
    return start()
  }

  return {
    url: server.url.href,
    async close() {
      await server.stop(true)
      await (await started(kafka))?.close()
    },
  }
}

/** Whoever asked for one that did not start was told why. */
const started = (kafka: Promise<Shareable> | undefined): Promise<Shareable | undefined> =>
  Promise.resolve(kafka).catch(() => undefined)
