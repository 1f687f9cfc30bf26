import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { jarsOf } from '../../deploy/programs/jars.ts'
import { startRoar, temporaryFolder } from '../../test/embedded.ts'

/**
 * `npm run consumers [NAME…]`: installs the packed client and its React hooks into what people build with and run, and lets each
 * say whether it can use them. Takes some minutes and the network; what needs neither is in `package.test.ts`.
 */
const SDK = join(import.meta.dirname, '..')

interface Consumer {
  name: string
  /** Beside the client, with exact versions. */
  packages: string[]
  files: Record<string, string>
  run: string[]
  /** Java programs whose jars it needs, in the environment by their names in capitals. */
  jars?: 'kotlin'
  /** It goes on until it says this. Default: it ends by itself. */
  until?: RegExp
}

const sh = (line: string): string[] => ['sh', '-ec', line]
const USE = `import { connect } from '@roar/client'
import { votes } from '@roar/client/votes'
import { rooms } from '@roar/client/rooms'
import { inStep } from '@roar/client/player'
import { shows } from '@roar/client/shows'
import { roarDouble } from '@roar/client/testing'
console.log(typeof connect, typeof votes, typeof rooms, typeof inStep, typeof shows, typeof roarDouble)
`
/** The same by `require`. */
const REQUIRED = `const { connect } = require('@roar/client')
for (const entry of ['votes', 'heads', 'rooms', 'player', 'shows', 'testing']) require('@roar/client/' + entry)
console.log(typeof connect)
`
/** One entry's names, so that nothing of it is left out as unused. */
const BUNDLED = `${USE}
globalThis.roar = { connect, votes, rooms, inStep, shows, roarDouble }
`
const TYPED = `${USE}
connect({ url: 'https://roar.example', show: 'final' }).on('mood', ({ total }) => total.toFixed())
`

/** A Node of its own, whichever runs this: by `import`, and by `require`. */
const node = (version: string): Consumer => ({
  name: `Node ${version.split('.')[0]}, by import and by require`,
  packages: [`node@${version}`],
  files: { 'use.js': USE, 'require.cjs': REQUIRED },
  run: sh('npx node use.js && npx node require.cjs'),
})

const EXAMPLES = join(SDK, '../examples')
/** What the samples that listen by MQTT say of three taps. */
const HEARD = /\d+ now, 3 so far/

const CONSUMERS: Consumer[] = [
  node('20.20.2'),
  node('22.23.3'),
  node('25.9.0'),
  {
    name: 'Deno',
    packages: ['deno@2.9.6'],
    files: { 'use.js': USE },
    run: sh('npx deno run --no-prompt use.js'),
  },
  {
    // As its own tool bundles a worker: into one module, for its conditions.
    name: 'workerd',
    packages: ['workerd@1.20261117.1', 'esbuild@0.25.12'],
    files: {
      'use.js': `${USE}
        export default {
          test() {
            const roar = connect({ url: 'https://roar.example', show: 'final' })
            roar.react('heart')
            roar.close()
          },
        }`,
      'config.capnp': `using Workerd = import "/workerd/workerd.capnp";
        const config :Workerd.Config = (services = [(name = "main", worker = .worker)]);
        const worker :Workerd.Worker = (
          modules = [(name = "worker", esModule = embed "worker.js")],
          compatibilityDate = "2026-01-01",
        );`,
    },
    run: sh(
      'npx esbuild use.js --bundle --format=esm --conditions=workerd,worker,browser --outfile=worker.js && npx workerd test config.capnp',
    ),
  },
  {
    name: 'are the types wrong',
    packages: ['@arethetypeswrong/cli@0.18.5'],
    files: {},
    run: ['npx', 'attw', 'client.tgz'],
  },
  {
    name: 'TypeScript 5 with the resolution of Node 10',
    packages: ['typescript@5.9.3'],
    files: { 'use.ts': TYPED },
    run: 'npx tsc --noEmit --strict --target es2022 --module commonjs --moduleResolution node10 use.ts'.split(
      ' ',
    ),
  },
  {
    name: 'Vite',
    packages: ['vite@7.1.12'],
    files: { 'index.html': '<script type="module" src="/use.js"></script>', 'use.js': USE },
    run: ['npx', 'vite', 'build', '--logLevel', 'warn'],
  },
  {
    name: 'webpack',
    packages: ['webpack@5.102.1', 'webpack-cli@6.0.1'],
    files: { 'use.js': USE },
    run: ['npx', 'webpack', '--mode', 'production', '--entry', './use.js'],
  },
  {
    name: 'Jest, by require',
    packages: ['jest@29.7.0'],
    files: {
      'use.test.cjs': `const { roarDouble } = require('@roar/client/testing')
        test('a double', () => { const roar = roarDouble(); roar.react('heart'); expect(roar.taps).toEqual({ heart: 1 }) })`,
    },
    run: ['npx', 'jest', '--testMatch', '**/*.test.cjs'],
  },
  {
    name: 'Metro, of React Native',
    packages: ['react-native@0.83.1', 'react@19.2.0', '@react-native/metro-config@0.83.1', 'metro@0.83.3'],
    files: {
      'package.json': '{"private":true}',
      'index.js': BUNDLED,
      'metro.config.js': `module.exports = require('@react-native/metro-config').getDefaultConfig(__dirname)`,
    },
    run: sh('npx metro build index.js --platform ios --config metro.config.js --out bundle.js'),
  },
  {
    name: 'React in Next, rendered by the server and in the browser',
    packages: [
      ...['next@16.4.6', 'react@19.2.0', 'react-dom@19.2.0'],
      ...['typescript@5.9.3', '@types/react@19.3.0', '@types/node@22.19.0'],
    ],
    files: {
      'next.config.mjs': 'export default {}',
      'app/layout.tsx': `import type { ReactNode } from 'react'
        export default function Layout({ children }: { children: ReactNode }) {
          return <html lang="en"><body>{children}</body></html>
        }`,
      'app/page.tsx': `import { Bar } from './bar'
        export default function Page() { return <Bar /> }`,
      'app/bar.tsx': `'use client'
        import { useMood, useRoar, useStatus } from '@roar/react'
        export function Bar() {
          const roar = useRoar({ url: 'https://roar.example', show: 'final' })
          const [mood, status] = [useMood(roar), useStatus(roar)]
          return <p>{status?.state ?? 'not yet'}: {mood?.total ?? 0} so far</p>
        }`,
    },
    run: sh('NEXT_TELEMETRY_DISABLED=1 npx next build && grep -q "so far" .next/server/app/index.html'),
  },
  {
    name: 'Node-RED, the flow of examples/',
    packages: ['node-red@5.0.7', 'node@22.23.3'],
    files: {
      'flow.json': readFileSync(join(EXAMPLES, 'node-red.json'), 'utf8'),
      'settings.cjs': `module.exports = { flowFile: 'flow.json', httpAdminRoot: false, httpNodeRoot: false }`,
    },
    run: sh('exec node_modules/.bin/node node_modules/node-red/red.js --userDir . --settings settings.cjs'),
    until: HEARD,
  },
  {
    name: 'Kotlin on a stock MQTT library, examples/Listen.kt',
    packages: [],
    files: { 'Listen.kt': readFileSync(join(EXAMPLES, 'Listen.kt'), 'utf8') },
    run: sh(
      'java -cp "$KOTLIN/*" org.jetbrains.kotlin.cli.jvm.K2JVMCompiler -no-stdlib -cp "$(echo $KOTLIN/*.jar | tr " " :)" -d out Listen.kt && exec java -cp "out:$KOTLIN/*" ListenKt final "$ROAR_HOST" "$ROAR_PORT"',
    ),
    jars: 'kotlin',
    until: HEARD,
  },
  {
    name: 'React 19 with TypeScript',
    packages: ['typescript@5.9.3', 'react@19.3.1', '@types/react@19.3.0'],
    files: {
      'use.tsx': `import { useMood, useRoar } from '@roar/react'
        export function Bar() {
          const roar = useRoar({ url: 'https://roar.example', show: 'final' })
          const mood = useMood(roar)
          return <p>{mood?.total}<roar-bar show="final" for="#player" /></p>
        }`,
    },
    run: 'npx tsc --noEmit --strict --jsx react-jsx --target es2022 --module nodenext use.tsx'.split(' '),
  },
]

/** For a sample that listens, compiled first where it must be. */
const SILENT_MS_MAX = 240_000
const chosen = process.argv.slice(2)
const consumers = CONSUMERS.filter(
  ({ name }) => chosen.length === 0 || chosen.some((part) => name.toLowerCase().includes(part.toLowerCase())),
)
if (consumers.length === 0) {
  console.error(`consumers: none is named ${chosen.join(' or ')}`)
  process.exit(2)
}
const folder = temporaryFolder()
await Bun.$`npm pack --pack-destination ${folder.path}`.cwd(SDK).quiet()
await Bun.$`npm pack --pack-destination ${folder.path}`.cwd(join(SDK, 'react')).quiet()
const roar = await startRoar('--mqtt-port', '0')
const taps = JSON.stringify({ stickers: { heart: 3 } })
await fetch(`${roar.url}/v1/shows/final/reactions`, { method: 'POST', body: taps })
let failed = 0
for (const { name, packages, files, run, jars, until } of consumers) {
  const at = join(folder.path, name.replaceAll(/\W+/g, '-'))
  mkdirSync(at)
  writeFileSync(join(at, 'package.json'), '{"type":"module","private":true}')
  for (const [file, text] of Object.entries(files)) await Bun.write(join(at, file), text)
  await Bun.$`cp ${folder.path}/roar-client-0.1.0.tgz client.tgz && cp ${folder.path}/roar-react-0.1.0.tgz react.tgz`.cwd(
    at,
  )
  const own = name.startsWith('React') ? ['./client.tgz', './react.tgz'] : ['./client.tgz']
  await Bun.$`npm install --no-audit --no-fund ${own} ${packages}`.cwd(at).quiet()
  const { isGood, said } = await (until === undefined
    ? ends(run, at)
    : says(until, run, at, jars && { KOTLIN: await jarsOf(jars) }))
  console.log(`${isGood ? 'good' : 'FAILED'}: ${name}`)
  if (isGood) continue
  failed++
  console.log(said)
}
await roar.stop()
folder.remove()
process.exitCode = failed > 0 ? 1 : 0

interface Outcome {
  isGood: boolean
  said: string
}

async function ends(run: string[], cwd: string): Promise<Outcome> {
  const { exitCode, stdout, stderr } = await Bun.$`${run}`.cwd(cwd).quiet().nothrow()
  return { isGood: exitCode === 0, said: `${stdout}${stderr}` }
}

/** Ends the program once it has said this; one that never does is ended after a while. */
async function says(
  wanted: RegExp,
  run: string[],
  cwd: string,
  jars: Record<string, string> = {},
): Promise<Outcome> {
  const samples = { ROAR_HOST: '127.0.0.1', ROAR_PORT: String(roar.mqttPort), ...jars }
  const program = Bun.spawn(run, {
    cwd,
    env: { ...process.env, ...samples },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const late = setTimeout(() => program.kill(), SILENT_MS_MAX)
  let said = ''
  for await (const chunk of program.stdout) {
    said += new TextDecoder().decode(chunk)
    if (wanted.test(said)) break
  }
  clearTimeout(late)
  program.kill()
  const isGood = wanted.test(said)
  return { isGood, said: isGood ? said : said + (await new Response(program.stderr).text()) }
}
