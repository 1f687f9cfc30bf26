import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import type { PageFile } from './bundled.ts'

type Files = Record<string, PageFile>

const ROOT = join(import.meta.dir, '..')
/** Where tools keep what they can make again; `npm ci` empties it. */
const FOLDER = join(ROOT, 'node_modules/.cache/roar')
/** What pages are made of: the rooms that they may import, the versions of packages, and how they are bundled. */
const SOURCES = [
  ...['web', 'sdk/src', 'engine', 'protocol'],
  ...['package-lock.json', 'tsconfig.json', 'cli/bundled.ts', 'cli/page-files.ts', 'cli/studio-files.ts'],
].map((path) => join(ROOT, path))

/**
 * What `bundle` made of these sources, kept from an earlier process: bundling is a quarter of the work of a start. It is made again when
 * a byte of them differs. One of each name is kept. Where nothing can be written, every process bundles for itself.
 * @param options.sources Files and folders; in folders tests do not count.
 */
export async function keptBundle(
  name: string,
  bundle: () => Promise<Files>,
  { sources = SOURCES, folder = FOLDER }: { sources?: string[]; folder?: string } = {},
): Promise<Files> {
  const file = join(folder, name)
  const of = hashOf(sources)
  const kept = read(file)
  if (kept?.of === of) return kept.files
  const files = await bundle()
  keep(file, { of, files })
  return files
}

interface Kept {
  of: string
  files: Files
}

function hashOf(sources: string[]): string {
  const hash = new Bun.CryptoHasher('sha256').update(Bun.version)
  for (const source of sources) {
    const paths = statSync(source).isDirectory() ? filesIn(source) : [source]
    for (const path of paths) {
      const bytes = readFileSync(path)
      hash.update(`\0${path}\0${bytes.length}\0`).update(bytes)
    }
  }
  return hash.digest('hex')
}

const filesIn = (folder: string): string[] =>
  [...new Bun.Glob('**/*').scanSync({ cwd: folder, absolute: true })]
    .filter((path) => !/\.test\.tsx?$/.test(path))
    .sort()

/** Nothing, if there is none or another version wrote it in another form. */
function read(file: string): Kept | undefined {
  try {
    return deserialize(readFileSync(file))
  } catch {
    return undefined
  }
}

/** Whole or not at all, also while other processes do the same. */
function keep(file: string, kept: Kept): void {
  const part = `${file}.${process.pid}`
  try {
    mkdirSync(join(file, '..'), { recursive: true })
    writeFileSync(part, serialize(kept))
    renameSync(part, file)
  } catch {
    // A checkout in which this user may not write, or a full disk: the next process bundles again.
    if (existsSync(part)) rmSync(part)
  }
}
