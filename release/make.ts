import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { version } from '../package.json'
import { archive } from './archive.ts'
import { buildBinary } from './bundle.ts'
import { debianPackage } from './debian.ts'
import { imageContext } from './image.ts'
import { licensesOfParts } from './licenses.ts'
import { packCommandLine, packed } from './npm-package.ts'
import type { Platform } from './platforms.ts'
import { provenanceOf } from './provenance.ts'
import { sectionOf, sha256Of, stableSbom, sumsOf } from './texts.ts'
import { unpackable } from './unpackable.ts'

const ROOT = join(import.meta.dir, '..')
/** Platforms with a Debian package and an image, and the architecture name in both. */
const ARCHITECTURES: Record<string, 'amd64' | 'arm64'> = { 'linux-x64': 'amd64', 'linux-arm64': 'arm64' }

export interface ReleaseOptions {
  /** An empty folder. */
  out: string
  platforms: readonly Platform[]
  commit: string
  /** Timestamp of everything in it: the commit's. */
  at: Date
}

export interface Release {
  /** File names in the folder, sorted. */
  files: string[]
  toNpm: string[]
  /** What could not be built here, one sentence each. */
  missing: string[]
  sums: string
}

/** Builds all files of a version. What this machine cannot build is reported, and the rest is built. */
export async function makeRelease({ out, platforms, commit, at }: ReleaseOptions): Promise<Release> {
  const files: string[] = []
  const missing: string[] = []
  const make = async <Made extends string | undefined>(what: string, work: () => Promise<Made>) => {
    try {
      const name = await work()
      if (name !== undefined) files.push(name)
      return name
    } catch (cause) {
      missing.push(`${what}: ${(cause as Error).message}`)
      return undefined
    }
  }
  const write = (name: string, text: string) => {
    writeFileSync(join(out, name), text)
    files.push(name)
  }

  const licenses = licensesOfParts()
  const changes = sectionOf(readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8'), version)
  const sbom = await sbomAt(at)
  using folder = workFolder()
  const binaries: Record<string, string> = {}
  for (const platform of platforms) {
    const binary = join(folder.path, platform.name, 'roar')
    const made = await make(`the program for ${platform.name}`, async () => {
      await buildBinary(binary, commit, platform)
      return unpackable({ out, binary, platform: platform.name, licenses, at })
    })
    const architecture = ARCHITECTURES[platform.name]
    if (made === undefined || architecture === undefined) continue
    binaries[architecture] = binary
    await make(`the Debian package for ${architecture}`, () =>
      debianPackage({ binary, architecture, licenses, changes, at, out }),
    )
  }
  await make('the image', async () => {
    if (Object.keys(binaries).length === 0) return undefined
    const image = join(out, 'image')
    const docs = { 'THIRD-PARTY.txt': licenses, 'sbom.cdx.json': sbom }
    const names = imageContext({ folder: image, binaries, docs })
    await archive(join(out, `roar-${version}-image.tar.gz`), image, names, at)
    return `roar-${version}-image.tar.gz`
  })
  const toNpm = [
    await make('@roar/client', () => packed(join(ROOT, 'sdk'), out)),
    await make('@roar/react', () => packed(join(ROOT, 'sdk/react'), out)),
    await make('@roar/server', () => packCommandLine(out, commit, licenses)),
  ].filter((name) => name !== undefined)
  write(`roar-${version}.cdx.json`, sbom)
  write(`CHANGES-${version}.md`, changes)

  const digestsOf = (names: string[]) => names.map((name) => [name, digestOf(join(out, name))] as const)
  const digests = digestsOf(files.toSorted())
  const runtimes = platforms.map(({ runtime }) => runtime)
  const statement = provenanceOf({ version, commit, runtimes, files: digests })
  const provenance = `roar-${version}.intoto.json`
  write(provenance, `${JSON.stringify(statement, null, 2)}\n`)
  const sums = sumsOf([...digests, ...digestsOf([provenance])].toSorted(([a], [b]) => (a < b ? -1 : 1)))
  write('SHA256SUMS', sums)
  return { files: files.toSorted(), toNpm, missing, sums }
}

const digestOf = (path: string): string => sha256Of(readFileSync(path))

/** CycloneDX, from the lockfile. */
async function sbomAt(at: Date): Promise<string> {
  const sbom = await Bun.$`npm sbom --sbom-format cyclonedx --omit dev --package-lock-only`
    .cwd(ROOT)
    .quiet()
    .json()
  return `${JSON.stringify(stableSbom(sbom, at), null, 2)}\n`
}

function workFolder(): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), 'roar-release-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}
