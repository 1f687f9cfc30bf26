import { jarsOf } from '../deploy/programs/jars.ts'
import { archiveClasses } from './archive-classes.ts'
import { HEADLESS_CHROMIUM, PACKAGES, pathOf } from './needs.ts'

/**
 * `npm run setup`: installs what the tests need and this machine does not have, on Debian and Ubuntu. Roar itself needs
 * none of it.
 */
const EMOJI_FONT = 'fonts-noto-color-emoji'
const { chromium, ...others } = PACKAGES
const isSo = (...command: string[]): boolean =>
  Bun.spawnSync(command, { stdio: ['ignore', 'ignore', 'ignore'] }).success
const isInstalled = (debianPackage: string): boolean => isSo('dpkg', '-s', debianPackage)

async function succeeds(...command: string[]): Promise<boolean> {
  const root = process.getuid?.() === 0 ? [] : ['sudo']
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const child = Bun.spawn([...root, ...command], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: environment,
  })
  return (await child.exited) === 0
}

/** Returns what it has installed. */
async function install(missing: string[]): Promise<string[]> {
  if (missing.length === 0 && Bun.which(HEADLESS_CHROMIUM) !== null) return []
  const isUpdated = await succeeds('apt-get', 'update')
  const packages = [...missing, ...browserToo()]
  if (packages.length === 0) return []
  if (isUpdated && (await succeeds('apt-get', 'install', '-y', '--no-install-recommends', ...packages)))
    return packages
  throw new Error(`could not install ${packages.join(', ')}`)
}

/** The package of Chromium, if one is missing: the headless one where the distribution has it, even beside another. */
function browserToo(): string[] {
  if (Bun.which(HEADLESS_CHROMIUM) !== null) return []
  if (isSo('apt-cache', 'show', HEADLESS_CHROMIUM)) return [HEADLESS_CHROMIUM]
  return pathOf('chromium') === null ? [chromium!] : []
}

async function fetchClusters(): Promise<void> {
  // Some 350 MB from Maven Central, once; the tests find them in the cache.
  for (const program of ['kafka', 'spark'] as const)
    console.log(`setup: ${program} is in ${await jarsOf(program)}`)
  // They save time and nothing else: without them the tests are the same.
  const kept = await archiveClasses().catch((cause: unknown) => {
    console.warn(`setup: the classes of kafka and spark were not kept, their starts take longer: ${cause}`)
  })
  if (kept) console.log('setup: the classes of kafka and spark are kept beside them')
}

if (Bun.which('apt-get') === null) {
  console.error(`setup: this is not Debian or Ubuntu; install by hand: ${Object.keys(PACKAGES).join(', ')}`)
  process.exit(1)
}
const missing = Object.entries(others)
  .filter(([program, debianPackage]) => pathOf(program) === null && !isInstalled(debianPackage))
  .map(([, debianPackage]) => debianPackage)
if (!isInstalled(EMOJI_FONT)) missing.push(EMOJI_FONT)
const installing = install(missing)
// A machine that has Java already need not wait for the rest.
if (pathOf('java') === null || pathOf('mvn') === null) await installing.catch(() => {})
// Both to their end: what is still being fetched when the other has failed would be left half done.
const [installed, fetched] = await Promise.allSettled([installing, fetchClusters()])
for (const done of [installed, fetched])
  if (done.status === 'rejected') {
    console.error(`setup: ${(done.reason as Error).message}`)
    process.exitCode = 1
  }
if (installed.status === 'fulfilled')
  console.log(
    installed.value.length > 0
      ? `setup: installed ${installed.value.join(', ')}`
      : 'setup: everything is here',
  )
