import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { version } from '../package.json'
import { archive } from './archive.ts'
import { buildBinary } from './bundle.ts'
import { debianPackage } from './debian.ts'
import { licensesOfParts } from './licenses.ts'
import { packCommandLine, packed } from './npm-package.ts'
import type { Platform } from './platforms.ts'
import { provenanceOf } from './provenance.ts'
import { sectionOf, sha256Of, stableSbom, sumsOf } from './texts.ts'

const ROOT = join(import.meta.dir, '..')
/** Which of the platforms Debian knows, by its names. */
const DEBIAN: Record<string, 'amd64' | 'arm64'> = { 'linux-x64': 'amd64', 'linux-arm64': 'arm64' }

export interface ReleaseOptions {
  /** An empty folder. */
  out: string
  platforms: readonly Platform[]
  commit: string
  /** The time of everything in it: the commit's. */
  at: Date
}

export interface Release {
  /** Names in the folder, sorted. */
  files: string[]
  toNpm: string[]
  /** What could not be made here, in a sentence each. */
  missing: string[]
  sums: string
}

/** Makes all that a version consists of. What cannot be made on this machine is named, and the rest is made all the same. */
export async function makeRelease({ out, platforms, commit, at }: ReleaseOptions): Promise<Release> {
  const files: string[] = []
  const missing: string[] = []
  const make = async (what: string, work: () => Promise<string>) => {
    try {
      const name = await work()
      files.push(name)
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
  for (const platform of platforms) {
    const { name } = platform
    const whole = `roar-${version}-${name}`
    using folder = work()
    const binary = join(folder.path, whole, 'roar')
    const archived = await make(whole, async () => {
      mkdirSync(join(folder.path, whole))
      await buildBinary(binary, commit, platform)
      chmodSync(binary, 0o755)
      copyFileSync(join(ROOT, 'LICENSE'), join(folder.path, whole, 'LICENSE'))
      writeFileSync(join(folder.path, whole, 'THIRD-PARTY.txt'), licenses)
      const names = ['LICENSE', 'THIRD-PARTY.txt', 'roar'].map((file) => join(whole, file))
      await archive(join(out, `${whole}.tar.gz`), folder.path, names, at)
      return `${whole}.tar.gz`
    })
    const architecture = DEBIAN[name]
    if (archived === undefined || architecture === undefined) continue
    await make(`the Debian package for ${architecture}`, () =>
      debianPackage({ binary, architecture, licenses, changes, at, out }),
    )
  }
  const toNpm: string[] = []
  for (const folder of ['sdk', 'sdk/react']) {
    const name = await make(folder, () => packed(join(ROOT, folder), out))
    if (name !== undefined) toNpm.push(name)
  }
  const server = await make('@roar/server', () => packCommandLine(out, commit, licenses))
  if (server !== undefined) toNpm.push(server)

  const sbom = await Bun.$`npm sbom --sbom-format cyclonedx --omit dev --package-lock-only`
    .cwd(ROOT)
    .quiet()
    .json()
  write(`roar-${version}.cdx.json`, `${JSON.stringify(stableSbom(sbom, at), null, 2)}\n`)
  write(`CHANGES-${version}.md`, changes)
  write('Dockerfile', readFileSync(join(ROOT, 'deploy/image/Dockerfile'), 'utf8'))

  const digests = files.toSorted().map((name) => [name, sha256Of(readFileSync(join(out, name)))] as const)
  const runtimes = platforms.map(({ runtime }) => runtime)
  const provenance = provenanceOf({ version, commit, runtimes, files: digests })
  const statement = `${JSON.stringify(provenance, null, 2)}\n`
  write(`roar-${version}.intoto.json`, statement)
  const sums = sumsOf([...digests, [`roar-${version}.intoto.json`, sha256Of(Buffer.from(statement))]])
  write('SHA256SUMS', sums)
  return { files: files.toSorted(), toNpm, missing, sums }
}

function work(): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), 'roar-release-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}
