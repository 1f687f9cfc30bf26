import { expect, test } from 'bun:test'
import { join } from 'node:path'

/** Answers with two parts, of which the second cannot be had, and asks for them. */
const PROGRAM = `
import { RoarError } from ${JSON.stringify(join(import.meta.dir, '../../protocol/errors.ts'))}
import { streamOf } from ${JSON.stringify(join(import.meta.dir, 'stream-of.ts'))}
const [how, zips] = process.argv.slice(1)
async function* parts() {
  yield 'first'
  if (how !== 'whole') throw how === 'away' ? new RoarError('store_unavailable', 'away') : new Error('a mistake')
}
const server = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  async fetch() {
    const stream = await streamOf(parts())
    return new Response(zips ? stream.pipeThrough(new CompressionStream('gzip')) : stream)
  },
})
const got = await fetch(server.url).then((response) => response.arrayBuffer()).then(() => 'whole', () => 'broken off')
console.log(got)
await server.stop(true)
`

test.each([
  ['whole', '', 'whole', ''],
  ['away', '', 'broken off', ''],
  ['away', 'gzip', 'broken off', ''],
  // A fault of ours has to be seen.
  ['mistaken', '', 'broken off', 'a mistake'],
])(
  'a response whose source is %s %s is %s, without a stack of what is no mistake',
  (how, zips, got, said) => {
    const { stdout, stderr } = Bun.spawnSync([process.execPath, '-e', PROGRAM, how, zips])
    expect(stdout.toString().trim()).toBe(got)
    if (said === '') expect(stderr.toString()).toBe('')
    else expect(stderr.toString()).toContain(said)
  },
)
