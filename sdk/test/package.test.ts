import { afterAll, beforeAll, expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { publint } from 'publint'
import { startRoar, temporaryFolder } from '../../test/embedded.ts'
import { build, bundle } from '../build.ts'

const folder = temporaryFolder()
const built = join(folder.path, 'node_modules/@roar/client')
const tsc = join(import.meta.dirname, '../../node_modules/.bin/tsc')

beforeAll(() => build(built))
afterAll(() => folder.remove())

for (const [entry, maxKb] of [
  ['.', 6],
  ['./votes', 6],
] as const) {
  test(`a page downloads at most ${maxKb} KB gzip for ${entry}`, async () => {
    const bytes = Bun.gzipSync(await bundle(entry), { level: 9 }).length
    console.log(`@roar/client ${entry}: ${bytes} bytes gzip`)
    expect(bytes).toBeLessThanOrEqual(maxKb * 1024)
  })
}

test('publint has nothing to say about the package', async () => {
  expect((await publint({ pkgDir: built, strict: true })).messages).toEqual([])
})

test("the package's types stand on their own, under the strictest reader", async () => {
  writeFileSync(
    join(folder.path, 'use.ts'),
    `import { connect, guest, RoarError, type MoodPacket, type ShowDocument, type Status } from '@roar/client'
     import { type Receipt, type Verdict, type Votes, votes } from '@roar/client/votes'
     const roar = connect({ url: 'http://localhost', show: 'final', token: (await guest({ url: '' })).token })
     roar.on('mood', (mood: MoodPacket) => mood.top[0]?.[0].toUpperCase())
     const show: ShowDocument | undefined = roar.show()
     const status: Status = roar.status()
     if (status.state === 'waiting') status.retryInMs.toFixed()
     // @ts-expect-error: there is no such event
     roar.on('mooed', () => {})
     roar.post('six').catch((error: RoarError) => error.code === 'network')
     const ballots: Votes = votes({ url: 'http://localhost', show: 'final', storage: localStorage })
     const receipt: Receipt = await ballots.vote('mvp', { choice: 'anna' })
     const verdict: Verdict = await ballots.check('mvp')
     if (verdict.state === 'verified') verdict.certificate.statement.root.toUpperCase()
     // @ts-expect-error: no poll has a kind with such an answer
     ballots.vote('mvp', { answer: 'anna' })
     export { receipt, show }`,
  )
  writeFileSync(join(folder.path, 'package.json'), '{"type":"module"}')
  const flags =
    '--strict --noEmit --target es2022 --module nodenext --lib es2022,dom,dom.iterable --types --skipLibCheck false'
  const args = flags.replace('--types ', '').split(' ')
  const { stdout } = await Bun.$`${tsc} ${args} use.ts`.cwd(folder.path).quiet().nothrow()
  expect(stdout.toString()).toBe('')
})

test('importing it does nothing', async () => {
  const { stdout } = await Bun.$`node -e ${`
    const before = Object.keys(globalThis).join()
    for (const name of ['fetch', 'WebSocket', 'setTimeout']) globalThis[name] = () => console.log(name)
    for (const file of ['index.js', 'votes.js']) await import(${JSON.stringify(built)} + '/' + file)
    if (Object.keys(globalThis).filter((name) => !before.includes(name)).some((name) => !['fetch', 'WebSocket', 'setTimeout'].includes(name))) console.log('globals')
  `} --input-type=module`.quiet()
  expect(stdout.toString()).toBe('')
})

test('the package works in Node, by MQTT where there is a WebSocket and by events where there is none', async () => {
  const roar = await startRoar()
  try {
    const script = `
      import { connect } from '@roar/client'
      const roar = connect({ url: process.argv[2], show: 'final' })
      const live = new Promise((resolve) => roar.on('status', (status) => status.over && resolve(status)))
      const mood = new Promise((resolve) => roar.on('mood', (mood) => mood.total > Number(process.argv[3]) && resolve(mood.total)))
      const { over } = await live
      roar.react('heart')
      console.log(over, await mood)
      await roar.drain()`
    writeFileSync(join(folder.path, 'use.mjs'), script)
    const major = Number((await Bun.$`node -p process.versions.node`.text()).split('.')[0])
    const withSocket = major < 22 ? ['--experimental-websocket'] : []
    const without = major < 22 ? [] : ['--no-experimental-websocket']
    const first = await Bun.$`node ${withSocket} use.mjs ${roar.url} 0`.cwd(folder.path).quiet()
    expect(first.stdout.toString()).toBe('mqtt 1\n')
    const second = await Bun.$`node ${without} use.mjs ${roar.url} 1`.cwd(folder.path).quiet()
    expect(second.stdout.toString()).toBe('sse 2\n')
  } finally {
    await roar.stop()
  }
}, 30_000)
