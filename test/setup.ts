import { jarsOf } from '../deploy/programs/jars.ts'
import { archiveClasses } from './archive-classes.ts'
import { HEADLESS_CHROMIUM, PACKAGES, pathOf } from './needs.ts'

/**
 * `npm run setup`: installs what the tests need and this machine does not have, on Debian and Ubuntu. Roar itself needs
 * none of it.
 */
const EMOJI_FONT = 'fonts-noto-color-emoji'
const { chromium, ...others } = PACKAGES
const isInstalled = (debianPackage: string): boolean =>
  Bun.spawnSync(['dpkg', '-s', debianPackage], { stdio: ['ignore', 'ignore', 'ignore'] }).success

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
  if (missing.length === 0 && isInstalled(HEADLESS_CHROMIUM)) return []
  const isUpdated = await succeeds('apt-get', 'update')
  const isKnown = Bun.spawnSync(['apt-cache', 'show', HEADLESS_CHROMIUM], {
    stdio: ['ignore', 'ignore', 'ignore'],
  }).success
  const browser = isKnown ? HEADLESS_CHROMIUM : chromium!
  const packages = isInstalled(browser) ? missing : [...missing, browser]
  if (packages.length === 0) return []
  if (isUpdated && (await succeeds('apt-get', 'install', '-y', '--no-install-recommends', ...packages)))
    return packages
  console.error(`setup: could not install ${packages.join(', ')}`)
  process.exit(1)
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
if (pathOf('java') === null || pathOf('mvn') === null) await installing
const [installed] = await Promise.all([installing, fetchClusters()])
console.log(installed.length > 0 ? `setup: installed ${installed.join(', ')}` : 'setup: everything is here')
