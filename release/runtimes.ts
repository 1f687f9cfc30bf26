import { join } from 'node:path'
import { extract } from 'tar'
import { cached } from '../deploy/programs/cached.ts'
import { packages } from '../package-lock.json'
import { ownPlatform, type Platform } from './platforms.ts'

/** Installed and verified by npm: its install script puts the executable there. */
const INSTALLED = join(import.meta.dir, '../node_modules/bun/bin/bun.exe')

/**
 * The runtime's executable for a platform. This machine's is installed; another's, some 45 MB, is fetched from npm the first time
 * and cached. @throws Error when npm does not have it, or its digest differs from the lockfile
 */
export async function runtimeOf(platform: Platform): Promise<string> {
  if (platform === ownPlatform()) return INSTALLED
  const { version, integrity } = lockedAs(platform.runtime)
  const folder = await cached(join('bun', `${version}-${platform.name}`), async (into) => {
    const wanted = `${platform.runtime}@${version}`
    const packed = await Bun.$`npm pack --json --pack-destination ${into} ${wanted}`.quiet().nothrow()
    if (packed.exitCode !== 0) throw new Error(`npm has no ${wanted}: ${packed.json().error.summary}`)
    const [{ filename, integrity: got }] = packed.json()
    if (got !== integrity) throw new Error(`npm has another ${wanted} than package-lock.json says`)
    await extract({ file: join(into, filename), cwd: into, strip: 2 }, ['package/bin/bun'])
    await Bun.file(join(into, filename)).delete()
  })
  return join(folder, 'bun')
}

export interface LockedPackage {
  version: string
  integrity: string
}

export function lockedAs(name: string): LockedPackage {
  const locked = (packages as Record<string, { version?: string; integrity?: string }>)[
    `node_modules/${name}`
  ]
  if (locked?.version === undefined || locked.integrity === undefined)
    throw new Error(`package-lock.json has no ${name}`)
  return { version: locked.version, integrity: locked.integrity }
}
