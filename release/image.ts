import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const DOCKERFILE = join(import.meta.dir, '../deploy/image/Dockerfile')

export interface ImageOptions {
  /** A new folder. */
  folder: string
  /** The command line as one file, by architecture as images name them. */
  binaries: Record<string, string>
  /** Documentation, by file name. */
  docs: Record<string, string>
}

/** Everything `docker build` needs for the image, and nothing else. Returns the file names. */
export function imageContext({ folder, binaries, docs }: ImageOptions): string[] {
  const names: string[] = ['data', 'Dockerfile']
  mkdirSync(join(folder, 'data'), { recursive: true })
  mkdirSync(join(folder, 'doc'))
  copyFileSync(DOCKERFILE, join(folder, 'Dockerfile'))
  for (const [name, text] of Object.entries(docs)) {
    writeFileSync(join(folder, 'doc', name), text)
    names.push(`doc/${name}`)
  }
  for (const [architecture, binary] of Object.entries(binaries)) {
    mkdirSync(join(folder, architecture))
    copyFileSync(binary, join(folder, architecture, 'roar'))
    names.push(`${architecture}/roar`)
  }
  return names
}
