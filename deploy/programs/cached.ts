import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** The cache of downloaded programs; `XDG_CACHE_HOME` moves it. */
const cacheFolder = (): string => join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'roar')

/**
 * The folder `name` of the cache, which `fill` creates on first use. An existing one is complete, even if others fill it at the
 * same time. Its name contains the version of its contents, so nothing in it is ever replaced. @throws what `fill` throws
 */
export async function cached(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(cacheFolder(), name)
  if (existsSync(folder)) return folder
  // Of this call alone: others of this process may be filling it, and one that was killed may have had its id.
  const partial = `${folder}.${crypto.randomUUID()}`
  await mkdir(partial, { recursive: true })
  try {
    await fill(partial)
    await rename(partial, folder)
  } catch (error) {
    await rm(partial, { recursive: true, force: true })
    if (!existsSync(folder)) throw error
  }
  return folder
}
