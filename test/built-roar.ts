import { copyFileSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { buildBinary } from '../release/bundle.ts'
import { ownPlatform } from '../release/platforms.ts'
import { BUILT_ROAR } from './roar-process.ts'

/** Which an executable of the tests says that it was built from. */
export const BUILT_COMMIT = 'a1b2c3d'

/** Builds the executable for this machine, as for a release. */
export const buildRoar = (path: string): Promise<void> => buildBinary(path, BUILT_COMMIT, ownPlatform())

/** The same, as a copy where the run has built it already. */
export async function copyRoar(path: string): Promise<void> {
  const built = process.env[BUILT_ROAR]
  if (built === undefined) return buildRoar(path)
  mkdirSync(dirname(path), { recursive: true })
  copyFileSync(built, path)
}
