import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { temporaryFolder } from '../test/embedded.ts'
import { kafkaClient } from './kafka-client.ts'

const PROGRAM = join(import.meta.dir, 'kafka-client-process.ts')
const run = (program: string) => JSON.parse(Bun.spawnSync([process.execPath, program]).stdout.toString())

test('of the checks of Kafka’s client a build compiles those that are asked, and they say what they say in a checkout', async () => {
  using folder = temporaryFolder()
  await Bun.build({ entrypoints: [PROGRAM], target: 'bun', outdir: folder.path, plugins: [kafkaClient] })
  const [checkout, build] = [run(PROGRAM), run(join(folder.path, 'kafka-client-process.js'))]
  expect(checkout.atLoad).toBeGreaterThan(40)
  expect(build.atLoad).toBe(0)
  expect(build.later).toBeWithin(1, 10)
  expect(build.answers).toEqual(checkout.answers)
  expect(build.answers).toContain('/options/clientId must be string.')
  expect(build.answers).toContain('taken: a')
})
