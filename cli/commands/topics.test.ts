import { expect, test } from 'bun:test'
import { ConfigError } from '../../settings/config-error.ts'
import { commands } from './topics.ts'

test.each([
  [[], 'log: is missing'],
  [['--log', 'http://x'], '--log: "http://x" is not kafka://'],
  [['--log', 'kafka://x:0'], 'log: "kafka://x:0" is not an address like kafka://'],
  [['--log', 'kafka://x:65536'], 'log: "kafka://x:65536" is not an address like kafka://'],
  [['--log', 'kafka://x'], 'log: "kafka://x" is not an address like kafka://'],
  [['--log', 'kafka://x:1', '--partitions', '0'], '--partitions: "0" is less than 1'],
  [['--log', 'kafka://x:1', '--kafka-sasl', 'magic'], '--kafka-sasl: "magic" is not one of: plain'],
  [['--log', 'kafka://x:1', '--kafka-sasl', 'plain'], 'kafka-user: is required with kafka-sasl'],
  [['--log', 'kafka://x:1', '--kafka-ca', '/nowhere'], 'kafka-ca: "/nowhere" cannot be read'],
  [['--wrong'], '--wrong: is not a setting'],
  [['--partition', '1'], '--partition: is not a setting; did you mean --partitions?'],
  [['--spark', 'sc://x'], '--spark: is a setting of the servers'],
  [['all'], 'topics: "all" is too many'],
])('%j is refused before anything is asked', async (argv, reason) => {
  const refusal = await commands[0]!.run(argv).catch((error: unknown) => error)
  expect(refusal).toBeInstanceOf(ConfigError)
  expect((refusal as ConfigError).message).toStartWith(reason)
})
