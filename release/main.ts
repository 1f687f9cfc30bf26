import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { npmFlags } from '../cli/npm-flags.ts'
import { version } from '../package.json'
import { ConfigError } from '../settings/config-error.ts'
import { makeRelease } from './make.ts'
import { PLATFORMS } from './platforms.ts'
import { builtTwice } from './twice.ts'

/**
 * `npm run release [-- --target linux-arm64 …]`: builds all files of a version in `dist-release/` and prints what would be
 * published. It publishes nothing. The same commit and packages give the same bytes, so that anybody can rebuild and compare
 * SHA256SUMS; `--check` does so here, in two clones. Exits 1 when something could not be built, or differs.
 */
const ROOT = join(import.meta.dir, '..')
const OUT = join(ROOT, 'dist-release')

const values = npmFlags(
  'npm run release',
  { options: { target: { type: 'string', multiple: true }, check: { type: 'boolean' } } },
  ({ values }) => values,
)
// File modes are part of the bytes.
process.umask(0o022)
const named = values.target ?? PLATFORMS.map(({ name }) => name)
process.exit(values.check ? await check() : await release())

async function release(): Promise<number> {
  const git = Bun.$.cwd(ROOT)
  const commit = (await git`git rev-parse HEAD`.text()).trim()
  const at = new Date((await git`git show -s --format=%cI HEAD`.text()).trim())
  const changed = (await git`git status --porcelain`.text()).split('\n').filter(Boolean)
  rmSync(OUT, { recursive: true, force: true })
  mkdirSync(OUT)
  const { files, toNpm, missing, sums } = await makeRelease({
    out: OUT,
    platforms: named.map(platformCalled),
    commit,
    at,
  })
  console.log(`roar ${version}, commit ${commit}. In dist-release/:\n\n${sums}`)
  console.log(`To npm: ${toNpm.join(', ')}`)
  console.log(`To the page of the tag v${version}: ${files.join(', ')}`)
  console.log('To a registry of images: what docker build dist-release/image makes')
  for (const each of missing) console.log(`Not made here: ${each}`)
  if (changed.length > 0)
    console.log(`A trial, not to be published: ${changed.length} files differ from the commit`)
  return missing.length > 0 ? 1 : 0
}

async function check(): Promise<number> {
  const flags = named.flatMap((name) => ['--target', platformCalled(name).name])
  const differing = await builtTwice(async (root) => {
    await Bun.$`${process.execPath} release/main.ts ${flags}`.cwd(root).quiet()
    return (await Bun.file(join(root, 'dist-release/SHA256SUMS')).text()).split('\n')
  })
  const says = differing.length === 0 ? 'The same bytes, built twice' : `Built twice, it differs in`
  console.log([says, ...differing].join('\n'))
  return differing.length > 0 ? 1 : 0
}

function platformCalled(name: string): (typeof PLATFORMS)[number] {
  const platform = PLATFORMS.find((each) => each.name === name)
  if (platform !== undefined) return platform
  throw new ConfigError('target', `${name} is none of ${PLATFORMS.map((each) => each.name).join(', ')}`)
}
