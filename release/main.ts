import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { version } from '../package.json'
import { buildBinary } from './binary.ts'
import { checksumsOf, sectionOf, stableSbom } from './texts.ts'

/**
 * `npm run release [-- --target bun-linux-arm64 …]`: makes in `dist-release/` all that a version consists of, and says what would
 * be published. It publishes nothing. The same commit and the same packages make the same bytes, so that anybody
 * can build it again and compare SHA256SUMS.
 */
const ROOT = join(import.meta.dir, '..')
const OUT = join(ROOT, 'dist-release')
const PACKAGES = ['sdk', 'sdk/react']

const { values } = parseArgs({ options: { target: { type: 'string', multiple: true } } })
const git = Bun.$.cwd(ROOT)
const commit = (await git`git rev-parse HEAD`.text()).trim()
const at = new Date((await git`git show -s --format=%cI HEAD`.text()).trim())
const changed = (await git`git status --porcelain`.text()).split('\n').filter(Boolean)

rmSync(OUT, { recursive: true, force: true })
mkdirSync(OUT)

const binaries = await Promise.all([undefined, ...(values.target ?? [])].map(binary))
const tarballs: string[] = []
for (const folder of PACKAGES) tarballs.push(await tarball(folder))
const sbom = await Bun.$`npm sbom --sbom-format cyclonedx --omit dev --package-lock-only`
  .cwd(ROOT)
  .quiet()
  .json()
const texts = {
  [`roar-${version}.cdx.json`]: `${JSON.stringify(stableSbom(sbom, at), null, 2)}\n`,
  [`CHANGES-${version}.md`]: sectionOf(readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8'), version),
}
for (const [name, text] of Object.entries(texts)) writeFileSync(join(OUT, name), text)
const names = [...binaries, ...tarballs, ...Object.keys(texts)].sort()
const sums = checksumsOf(names.map((name) => [name, readFileSync(join(OUT, name))]))
writeFileSync(join(OUT, 'SHA256SUMS'), sums)

console.log(`roar ${version}, commit ${commit}. In dist-release/:\n\n${sums}`)
console.log(`To npm: ${tarballs.join(', ')}`)
console.log(`To the page of the tag v${version}: ${[...names, 'SHA256SUMS'].join(', ')}`)
if (changed.length > 0)
  console.log(`A trial, not to be published: ${changed.length} files differ from the commit`)

/** @param target One of Bun's names of platforms. Default: this one. Returns the file's name. */
async function binary(target: string | undefined): Promise<string> {
  const platform = target?.replace(/^bun-/, '') ?? `${process.platform}-${process.arch}`
  const outfile = join(OUT, `roar-${version}-${platform}`)
  await buildBinary({ outfile, commit, target: target as Bun.Build.CompileTarget | undefined })
  return basename(outfile)
}

/** npm writes the same time into all tarballs. */
async function tarball(folder: string): Promise<string> {
  const packed = await Bun.$`npm pack --json --pack-destination ${OUT}`.cwd(join(ROOT, folder)).quiet().text()
  // What the package's own build says comes before.
  const [{ filename }] = JSON.parse(packed.slice(packed.search(/^\[/m)))
  return filename
}
