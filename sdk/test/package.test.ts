import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { publint } from 'publint'
import { startRoar, temporaryFolder } from '../../test/embedded.ts'
import { HANG_MS } from '../../test/hang.ts'

const folder = temporaryFolder()
const built = join(folder.path, 'node_modules/@roar/client')
const tsc = join(import.meta.dirname, '../../node_modules/.bin/tsc')

/** The package as anybody would make it, unpacked as npm would unpack it. */
beforeAll(async () => {
  const sdk = join(import.meta.dirname, '..')
  await Bun.$`npm pack --pack-destination ${folder.path}`.cwd(sdk).quiet()
  await Bun.$`mkdir -p ${built} && tar -xzf roar-client-0.1.0.tgz -C ${built} --strip-components 1`
    .cwd(folder.path)
    .quiet()
}, HANG_MS)
afterAll(() => folder.remove())

for (const [file, maxKb] of [
  ['index.js', 6],
  ['votes.js', 6],
  ['heads.js', 5],
  ['rooms.js', 3],
  ['player.js', 2.5],
] as const) {
  test(`a page downloads at most ${maxKb} KB gzip for ${file}`, () => {
    const bytes = Bun.gzipSync(readFileSync(join(built, 'dist', file)), { level: 9 }).length
    console.log(`@roar/client ${file}: ${bytes} bytes gzip`)
    expect(bytes).toBeLessThanOrEqual(maxKb * 1024)
  })
}

test('what npm packs is what can be imported: no TypeScript, the licence, and a map for every script', async () => {
  const files = [...new Bun.Glob('**/*').scanSync(built)]
  expect(files.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))).toEqual([])
  expect(files).toContain('LICENSE')
  expect(files).toContain('README.md')
  const scripts = files.filter((file) => file.endsWith('.js'))
  expect(scripts.length).toBe(20)
  // One is empty: its types are all there is of it.
  for (const script of scripts.filter((name) => !name.endsWith('elements.js'))) {
    const { sourcesContent } = JSON.parse(readFileSync(join(built, `${script}.map`), 'utf8'))
    expect({ script, sources: sourcesContent.length > 0 }).toEqual({ script, sources: true })
  }
})

test('every entry has types for resolvers that do not know of exports', () => {
  const { exports, typesVersions } = JSON.parse(readFileSync(join(built, 'package.json'), 'utf8'))
  const entries = Object.keys(exports).filter((entry) => entry !== '.' && !entry.endsWith('.json'))
  for (const entry of entries) {
    expect(typesVersions['*'][entry.slice(2)]).toEqual([exports[entry].import.types])
  }
})

test('every entry is there for import and for require, under the same names', async () => {
  const entries = [
    '@roar/client',
    '@roar/client/votes',
    '@roar/client/heads',
    '@roar/client/rooms',
    '@roar/client/player',
    '@roar/client/shows',
    '@roar/client/testing',
  ]
  const names = (load: string): Promise<Record<string, string[]>> =>
    Bun.$`node --input-type=module -e ${`
      import { createRequire } from 'node:module'
      const require = createRequire(import.meta.url)
      const names = {}
      for (const entry of ${JSON.stringify(entries)}) names[entry] = Object.keys(${load}(entry)).sort()
      console.log(JSON.stringify(names))`}`
      .cwd(folder.path)
      .quiet()
      .json()
  const imported = await names('await import')
  expect(await names('require')).toEqual(imported)
  for (const entry of entries) expect([entry, imported[entry]]).not.toEqual([entry, []])
})

test('it imports where TextDecoder, TextEncoder, URL of the page and WebSocket are absent, as in React Native', async () => {
  const { stdout } = await Bun.$`node --input-type=module -e ${`
    for (const name of ['TextDecoder', 'TextEncoder', 'TextDecoderStream', 'ReadableStream', 'WebSocket', 'performance'])
      Object.defineProperty(globalThis, name, { value: undefined, configurable: true })
    console.log(typeof (await import('@roar/client')).connect, typeof (await import('@roar/client/votes')).votes)
  `}`
    .cwd(folder.path)
    .quiet()
  expect(stdout.toString()).toBe('function function\n')
})

test('publint has nothing to say about the package', async () => {
  expect((await publint({ pkgDir: built, strict: true })).messages).toEqual([])
})

test("the package's types stand on their own, for modules, bundlers and CommonJS, under the strictest reader", async () => {
  writeFileSync(
    join(folder.path, 'require.cts'),
    `import client = require('@roar/client')
     import { votes } from '@roar/client/votes'
     const roar: client.Roar = client.connect({ url: 'http://localhost', show: 'final' })
     export = { roar, ballots: votes({ url: 'http://localhost', show: 'final' }) }`,
  )
  writeFileSync(
    join(folder.path, 'use.ts'),
    `import { connect, guest, RoarError, type MoodPacket, type ShowDocument, type Status } from '@roar/client'
     import { type Receipt, type Verdict, type Votes, votes } from '@roar/client/votes'
     import { type Room, rooms } from '@roar/client/rooms'
     import { inStep, type Player } from '@roar/client/player'
     import { type Roar, type Shows, shows } from '@roar/client/shows'
     import { roarDouble } from '@roar/client/testing'
     import type { RoarVueComponents } from '@roar/client/elements'
     const roar = connect({ url: 'http://localhost', show: 'final', token: (await guest({ url: '' })).token })
     roar.on('mood', (mood: MoodPacket) => mood.top[0]?.[0].toUpperCase())
     const show: ShowDocument | undefined = roar.show()
     const status: Status = roar.status()
     if (status.state === 'waiting') status.retryInMs.toFixed()
     // @ts-expect-error: there is no such event
     roar.on('mooed', () => {})
     roar.post({ sticker: 'six', text: 'Six!' })
     roar.post('six').catch((error: RoarError) => error.code === 'network')
     const ballots: Votes = votes({ url: 'http://localhost', show: 'final', storage: localStorage })
     const receipt: Receipt = await ballots.vote('mvp', { choice: 'anna' })
     const verdict: Verdict = await ballots.check('mvp')
     if (verdict.state === 'verified') verdict.certificate.statement.root.toUpperCase()
     // @ts-expect-error: no poll has a kind with such an answer
     ballots.vote('mvp', { answer: 'anna' })
     const lobby: Shows = shows({ url: 'http://localhost' })
     const lounge: Roar = lobby.join({ show: 'lounge', segment: 'home' })
     const parties = rooms({ url: '', show: 'final', token: '', listen: (topic, signal) => connect({ url: '', show: 'final', topics: [topic], signal }) })
     const party: Room = await parties.make()
     party.on('posts', ([post]) => post?.name.toUpperCase())
     const player: Player = document.querySelector<HTMLVideoElement & { getStartDate(): Date }>('video')!
     const delayed: Roar = inStep({ player, delayMs: 8000 }, (delayMs) => lobby.join({ show: 'derby', delayMs }))
     const double: Roar = roarDouble()
     const bar = document.querySelector('roar-bar')!
     bar.addEventListener('roar-tap', ({ detail }) => detail.sticker.toUpperCase())
     bar.addEventListener('click', ({ clientX }) => clientX.toFixed())
     const jsx: JSX.IntrinsicElements['roar-bar'] = { show: 'final', for: '#player' }
     const stage = document.createElement('roar-stage')
     stage.player = () => Date.now() - 8000
     document.querySelector('roar-poll')?.addEventListener('roar-vote', ({ detail }) => detail.poll.toUpperCase())
     // @ts-expect-error: what plays is not told by its address
     stage.player = 'main.m3u8'
     const vue: InstanceType<RoarVueComponents['roar-poll']>['$props'] = { show: 'final', onRoarVote: ({ detail }) => detail.poll }
     export { receipt, show, party, lounge, delayed, double, jsx, vue }`,
  )
  // As Preact, Solid and React before 19 read it: with a namespace for all.
  writeFileSync(
    join(folder.path, 'use.tsx'),
    `import '@roar/client/elements'
     export const page = () => [
       <roar-bar show="final" for="#player" onroar-tap={({ detail }) => detail.sticker.trim()} />,
       <roar-swarm show="final" class="crowd" />,
       <roar-feed url="https://roar.example" />,
       <roar-poll show="final" onroar-vote={({ detail }) => detail.poll.trim()} />,
       <roar-stage show="final" delay-ms={8000} player={() => 0} />,
       // @ts-expect-error: a show is known by its id
       <roar-poll show={7} />,
       // @ts-expect-error: there is no such element
       <roar-pole />,
     ]`,
  )
  // Each reads the compiler's own libraries anew, which is most of its work: a .cts is CommonJS whatever the folder is.
  writeFileSync(join(folder.path, 'package.json'), JSON.stringify({ type: 'module' }))
  for (const [module, files] of [
    ['nodenext', ['use.ts', 'use.tsx', 'require.cts']],
    ['preserve', ['use.ts']],
  ] as const) {
    const flags = `--strict --noEmit --jsx preserve --target es2022 --module ${module} --lib es2022,dom,dom.iterable`
    const { stdout } = await Bun.$`${tsc} ${flags.split(' ')} --skipLibCheck false ${files}`
      .cwd(folder.path)
      .quiet()
      .nothrow()
    expect({ module, errors: stdout.toString() }).toEqual({ module, errors: '' })
  }
})

test('importing it does nothing', async () => {
  const { stdout } = await Bun.$`node -e ${`
    const before = Object.keys(globalThis).join()
    for (const name of ['fetch', 'WebSocket', 'setTimeout']) globalThis[name] = () => console.log(name)
    for (const file of ['index.js', 'votes.js', 'player.js', 'shows.js', 'testing.js']) await import(${JSON.stringify(built)} + '/dist/' + file)
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
})
