/**
 * `npm run first-tap`: seconds from a released package to a viewer's first tap, counted and on the screen. Each package is unpacked
 * into an empty folder and started as a user without rights or environment; a browser that runs already opens the page and taps. Then
 * it starts the executable a few times more, and says how long a start takes.
 * After `npm run release -- --target linux-x64`, as root, with Chromium. Exit code 1 if one does not get there, 2 if it cannot run.
 */
import { chmodSync, copyFileSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Browser } from 'playwright-core'
import { integer } from '../../cli/flags.ts'
import { npmFlags } from '../../cli/npm-flags.ts'
import { tableOf } from '../../cli/table.ts'
import { freePort } from '../../deploy/programs/ports.ts'
import { openChromium } from '../browser/chromium.ts'
import { needs } from '../needs.ts'
import { urlOf } from '../roar-process.ts'
import { isRoot, unprivileged } from '../unprivileged.ts'
import { until } from '../until.ts'
import { canBootDebian, DebianMachine } from './debian-machine.ts'

const RELEASE = join(import.meta.dir, '../../dist-release')
const STARTS = 5
/** User and group of the image. */
const IMAGE_USER = '65532:65532'

/** Installs a package in an empty folder and starts it, as a user without rights. Resolves once it is live, to what stops it. */
type Way = (folder: string, port: number) => Promise<() => Promise<unknown>>

async function byExecutable(folder: string, port: number) {
  await Bun.$`tar xzf ${released('roar-*-linux-x64.tar.gz')} -C ${folder} --strip-components 1`
  return (await live(unprivileged(folder, [join(folder, 'roar'), ...up(folder, port)]))).stop
}

/** With the time that npm takes to fetch the runtime. */
async function byNpm(folder: string, port: number) {
  await Bun.$`npm install --no-audit --no-fund --prefix ${folder} ${released('roar-server-*.tgz')}`.quiet()
  return (await live(unprivileged(folder, [join(folder, 'node_modules/.bin/roar'), ...up(folder, port)])))
    .stop
}

const byDebian = (machine: DebianMachine): Way => {
  return async (_, port) => {
    const text = `data = "/var/lib/roar"\nport = ${port}\n`
    await machine.install(released('roar_*_amd64.deb'), { path: 'etc/roar/roar.toml', text })
    await until(async () => {
      if (!(await machine.isActive('roar'))) throw new Error('roar.service is not active')
      return isReady(port)
    })
    return () => machine.purge('roar')
  }
}

/** What the Dockerfile copies, and the C library: all of it read-only but `/data`. */
async function byImage(folder: string, port: number) {
  const binary = join(folder, 'usr/bin/roar')
  mkdirSync(dirname(binary), { recursive: true })
  await Bun.$`tar xzf ${released('roar-*-image.tar.gz')} -C ${folder}`
  copyFileSync(join(folder, 'amd64/roar'), binary)
  for (const [, library] of (await Bun.$`ldd ${binary}`.text()).matchAll(/(\/\S+) \(/g)) {
    mkdirSync(dirname(join(folder, library!)), { recursive: true })
    copyFileSync(library!, join(folder, library!))
  }
  for (const name of ['dev', 'proc', 'tmp']) mkdirSync(join(folder, name))
  await Bun.$`chown ${IMAGE_USER} ${join(folder, 'data')}`
  const mounts = [
    'mount --bind "$1" "$1" && mount --bind "$1/data" "$1/data" && mount -o remount,bind,ro "$1"',
    'mount -t proc proc "$1/proc" && mount --bind /dev "$1/dev"',
  ]
  const enter = `exec chroot --userspec=${IMAGE_USER} "$@"`
  const started = await live([
    ...['unshare', '--mount', 'sh', '-ec', [...mounts, enter].join(' && '), 'sh', folder],
    ...['/usr/bin/roar', ...up('/', port)],
  ])
  return started.stop
}

const runs = npmFlags(
  'npm run first-tap',
  { options: { runs: { type: 'string', default: '3' } } },
  ({ values }) => integer('runs', values.runs, 1, 20),
)
if (!isRoot || !needs('chromium')) {
  if (!isRoot) console.error('first-tap: needs root, to start each as somebody else')
  process.exit(2)
}
await using debian = canBootDebian() ? await DebianMachine.boot() : undefined
if (debian === undefined) console.log('without the Debian package: mmdebstrap is not installed')
const ways: [name: string, way: Way][] = [
  ['the executable', byExecutable],
  ['the npm package', byNpm],
  ...(debian === undefined ? [] : [['the Debian package under systemd', byDebian(debian)] as [string, Way]]),
  ["the image's root file system", byImage],
]
const browser = await openChromium()
const times = new Map(ways.map(([name]) => [name, [] as number[][]]))
try {
  for (let run = 0; run < runs; run++)
    for (const [name, way] of ways) {
      times.get(name)!.push(await timed(way, browser))
      console.log(
        `${name}: ${times
          .get(name)!
          .at(-1)!
          .map((seconds) => seconds.toFixed(1))
          .join(' s, ')} s`,
      )
    }
} finally {
  await browser.close()
}
const rowOf = ([name, all]: [string, number[][]]) => [
  name,
  ...[0, 1].map((step) => said(all.map((one) => one[step]!))),
]
console.log(
  tableOf([
    ['seconds from the package, median (least to most)', 'live', 'first tap on screen'],
    ...[...times].map(rowOf),
  ]),
)
const starts = rowOf(['the executable', await startTimes()])
console.log(
  tableOf([
    [`seconds from the command to live, median of ${STARTS}`, 'by the clock', 'of the processor'],
    starts,
  ]),
)

/** Seconds from the executable's start until it is live, in a folder that it knows: by the clock, and of the processor. */
async function startTimes(): Promise<number[][]> {
  const folder = mkdtempSync(join(tmpdir(), 'roar-starts-'))
  chmodSync(folder, 0o755)
  try {
    await (await byExecutable(folder, await freePort()))()
    const times: number[][] = []
    for (let start = 0; start < STARTS; start++) {
      const command = unprivileged(folder, [join(folder, 'roar'), ...up(folder, await freePort())])
      const startedMs = performance.now()
      const { pid, stop } = await live(command)
      times.push([(performance.now() - startedMs) / 1000, processorSeconds(pid)])
      await stop()
    }
    return times
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What a process, all its threads together, has taken so far: proc(5), utime and stime in hundredths. */
function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

/** Seconds until it is live, and until the page shows the first tap as counted. */
async function timed(way: Way, browser: Browser): Promise<number[]> {
  const folder = mkdtempSync(join(tmpdir(), 'roar-first-tap-'))
  // Others have to see the program in it.
  chmodSync(folder, 0o755)
  const port = await freePort()
  const startedMs = performance.now()
  const seconds = () => (performance.now() - startedMs) / 1000
  try {
    await using running = new AsyncDisposableStack()
    const stop = await way(folder, port)
    running.defer(async () => void (await stop()))
    const live = seconds()
    const page = await browser.newPage()
    await page.goto(`http://localhost:${port}`)
    await page.locator('.sticker').first().dispatchEvent('click')
    await page.waitForFunction(() => /[1-9]/.test(document.querySelector('.mood-total')?.textContent ?? ''))
    const onScreen = seconds()
    await page.close()
    return [live, onScreen]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Starts a command without an environment. Resolves once it says that it is live. */
async function live(command: string[]): Promise<{ pid: number; stop: () => Promise<number> }> {
  const env = { PATH: process.env.PATH }
  const server = Bun.spawn(command, { env, stdin: 'ignore', stdout: 'pipe', stderr: 'inherit' })
  await urlOf(server.stdout)
  const stop = () => {
    server.kill()
    return server.exited
  }
  return { pid: server.pid, stop }
}

function isReady(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  )
}

function up(folder: string, port: number): string[] {
  return [...['up', '--port', String(port), '--data', join(folder, 'data'), '--log-level', 'error']]
}

function released(pattern: string): string {
  const [name] = globSync(pattern, { cwd: RELEASE })
  if (name === undefined)
    throw new Error(`dist-release/ has no ${pattern}: npm run release -- --target linux-x64`)
  return join(RELEASE, name)
}

function said(seconds: number[]): string {
  const [least, ...sorted] = seconds.toSorted((a, b) => a - b)
  const middle = [least!, ...sorted][Math.floor(seconds.length / 2)]!
  return `${middle.toFixed(2)} (${least!.toFixed(2)} to ${(sorted.at(-1) ?? least!).toFixed(2)})`
}
