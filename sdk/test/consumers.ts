import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '../../test/embedded.ts'

/**
 * `npm run consumers`: installs the packed client and its React hooks into what people build with, and lets each say whether it
 * can use them. Takes a minute and the network; what needs neither is in `package.test.ts`.
 */
const SDK = join(import.meta.dirname, '..')

interface Consumer {
  name: string
  /** Beside the client, with exact versions. */
  packages: string[]
  files: Record<string, string>
  run: string[]
}

const USE = `import { connect } from '@roar/client'
import { votes } from '@roar/client/votes'
import { rooms } from '@roar/client/rooms'
import { inStep } from '@roar/client/player'
import { shows } from '@roar/client/shows'
import { roarDouble } from '@roar/client/testing'
console.log(typeof connect, typeof votes, typeof rooms, typeof inStep, typeof shows, typeof roarDouble)
`
const TYPED = `${USE}
connect({ url: 'https://roar.example', show: 'final' }).on('mood', ({ total }) => total.toFixed())
`

const CONSUMERS: Consumer[] = [
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

const folder = temporaryFolder()
await Bun.$`npm pack --pack-destination ${folder.path}`.cwd(SDK).quiet()
await Bun.$`npm pack --pack-destination ${folder.path}`.cwd(join(SDK, 'react')).quiet()
let failed = 0
for (const { name, packages, files, run } of CONSUMERS) {
  const at = join(folder.path, name.replaceAll(/\W+/g, '-'))
  mkdirSync(at)
  writeFileSync(join(at, 'package.json'), '{"type":"module","private":true}')
  for (const [file, text] of Object.entries(files)) writeFileSync(join(at, file), text)
  await Bun.$`cp ${folder.path}/roar-client-0.1.0.tgz client.tgz && cp ${folder.path}/roar-react-0.1.0.tgz react.tgz`.cwd(
    at,
  )
  const own = name.startsWith('React') ? ['./client.tgz', './react.tgz'] : ['./client.tgz']
  await Bun.$`npm install --no-audit --no-fund ${own} ${packages}`.cwd(at).quiet()
  const { exitCode, stdout, stderr } = await Bun.$`${run}`.cwd(at).quiet().nothrow()
  console.log(`${exitCode === 0 ? 'good' : 'FAILED'}: ${name}`)
  if (exitCode === 0) continue
  failed++
  console.log(`${stdout}${stderr}`)
}
folder.remove()
process.exitCode = failed > 0 ? 1 : 0
