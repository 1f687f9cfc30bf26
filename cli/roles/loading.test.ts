import { expect, test } from 'bun:test'
import { join } from 'node:path'

test('a role loads no client of Kafka, Spark or a broker before it opens one', () => {
  const script = "await import('./cli/roles/roles.ts'); console.log(Object.keys(require.cache).join('\\n'))"
  const { stdout } = Bun.spawnSync([process.execPath, '-e', script], { cwd: join(import.meta.dir, '../..') })
  const loaded = stdout.toString()
  expect(loaded).toContain('cli/roles/up.ts')
  for (const client of ['@platformatic/kafka', '@grpc/grpc-js', 'mqtt'])
    expect([client, loaded.includes(`node_modules/${client}/`)]).toEqual([client, false])
})
