import { copyFileSync, linkSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { version } from '../package.json'
import { archive } from './archive.ts'

const LICENSE = join(import.meta.dir, '../LICENSE')

export interface UnpackableOptions {
  out: string
  /** The command line as one file, in a folder of its own. */
  binary: string
  platform: string
  licenses: string
  at: Date
}

/** The program with its licences, in a folder named after its version. Returns the archive's name in `out`. */
export async function unpackable({
  out,
  binary,
  platform,
  licenses,
  at,
}: UnpackableOptions): Promise<string> {
  const whole = `roar-${version}-${platform}`
  const above = dirname(binary)
  mkdirSync(join(above, whole))
  linkSync(binary, join(above, whole, 'roar'))
  copyFileSync(LICENSE, join(above, whole, 'LICENSE'))
  writeFileSync(join(above, whole, 'THIRD-PARTY.txt'), licenses)
  const names = ['LICENSE', 'THIRD-PARTY.txt', 'roar'].map((name) => join(whole, name))
  await archive(join(out, `${whole}.tar.gz`), above, names, at)
  return `${whole}.tar.gz`
}
