import pino from 'pino'
import { createTopics, withAdmin } from '../../adapters/kafka/admin.ts'
import { assemble } from '../../cli/assembly/assemble.ts'
import { readConfig } from '../../cli/config.ts'
import { ownLog, sharedLog } from '../../cli/parts/log.ts'
import { up } from '../../cli/roles/up.ts'
import { openTracing } from '../../cli/tracing.ts'
import { sharedKafka } from '../cluster/shared-kafka.ts'
import { temporaryFolder } from '../embedded.ts'
import { SECRET, tokenOf, votingClient } from '../polls/voting.ts'

/**
 * One vote in a process whose log is a real Kafka and which counts by itself: its ballot goes there and comes back, as do its
 * counts, and the poll is sealed. @param trace Its id, which the vote says.
 */
export async function voteThroughKafka(
  collector: string,
  trace: string,
  { isCounted }: { isCounted: () => Promise<unknown> },
): Promise<void> {
  const kafka = await sharedKafka()
  using data = temporaryFolder()
  try {
    const address = { brokers: [kafka.address], topicPrefix: kafka.prefix }
    await withAdmin(address, (admin) => createTopics(admin, address, { partitions: 1, replication: 1 }))
    const argv = [
      '--port',
      '0',
      '--data',
      data.path,
      '--log',
      `kafka://${kafka.address}`,
      '--topic-prefix',
      kafka.prefix,
      '--auth-secret',
      SECRET,
    ]
    const config = readConfig({
      argv: [...argv, '--otlp-endpoint', collector, '--trace-sample', '0'],
      env: {},
    })
    const logger = pino({ level: 'error' })
    const tracing = await openTracing(config, { role: 'up', env: {}, logger })
    const parts = up.parts.map((part) => (part === ownLog ? sharedLog : part))
    const roar = await assemble({ ...up, parts, config, logger, tracing })
    await roar.things.votes?.ready
    const { create, act } = votingClient(roar.url)
    await create('mvp')
    await act('mvp', 'open')
    const vote = await fetch(`${roar.url}/v1/shows/final/polls/mvp/votes`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${tokenOf('one')}`,
        traceparent: `00-${trace}-00f067aa0ba902b7-01`,
        tracestate: 'vendor=1',
      },
      body: '{"choice":"anna"}',
    })
    if (vote.status !== 201) throw new Error(`the vote: ${await vote.text()}`)
    await isCounted()
    await act('mvp', 'close')
    const { status } = await act('mvp', 'seal')
    if (status !== 200) throw new Error(`the seal: ${status}`)
    await roar.drain()
  } finally {
    await kafka.close()
  }
}
