import { jarsOf } from '../deploy/programs/jars.ts'
import { archiveClasses } from './archive-classes.ts'
import { PACKAGES } from './needs.ts'

/**
 * `npm run setup`: installs what the tests need and this machine does not have, on Debian and Ubuntu. Roar itself needs
 * none of it.
 */
const EMOJI_FONT = 'fonts-noto-color-emoji'
/** Chromium without the windows around a page, which are a third of its work. Not every distribution has it. */
const HEADLESS_CHROMIUM = 'chromium-headless-shell'
const isInstalled = (debianPackage: string): boolean =>
  Bun.spawnSync(['dpkg', '-s', debianPackage], { stdio: ['ignore', 'ignore', 'ignore'] }).success

function succeeds(...command: string[]): boolean {
  const root = process.getuid?.() === 0 ? [] : ['sudo']
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  return Bun.spawnSync([...root, ...command], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: environment,
  }).success
}

const install = (...packages: string[]): boolean =>
  succeeds('apt-get', 'update') &&
  succeeds('apt-get', 'install', '-y', '--no-install-recommends', ...packages)

if (Bun.which('apt-get') === null) {
  console.error(`setup: this is not Debian or Ubuntu; install by hand: ${Object.keys(PACKAGES).join(', ')}`)
  process.exit(1)
}
const missing = Object.entries(PACKAGES)
  .filter(([program, debianPackage]) => Bun.which(program) === null && !isInstalled(debianPackage))
  .map(([, debianPackage]) => debianPackage)
if (!isInstalled(EMOJI_FONT)) missing.push(EMOJI_FONT)
if (missing.length > 0 && !install(...missing)) {
  console.error(`setup: could not install ${missing.join(', ')}`)
  process.exit(1)
}
if (!isInstalled(HEADLESS_CHROMIUM) && !install(HEADLESS_CHROMIUM))
  console.warn(`setup: there is no ${HEADLESS_CHROMIUM} here, so tests take chromium itself`)
console.log(missing.length > 0 ? `setup: installed ${missing.join(', ')}` : 'setup: everything is here')
// Some 350 MB from Maven Central, once; the tests find them in the cache.
for (const program of ['kafka', 'spark'] as const)
  console.log(`setup: ${program} is in ${await jarsOf(program)}`)
// They save time and nothing else: without them the tests are the same.
const kept = await archiveClasses().catch((cause: unknown) => {
  console.warn(`setup: the classes of kafka and spark were not kept, their starts take longer: ${cause}`)
})
if (kept) console.log('setup: the classes of kafka and spark are kept beside them')
