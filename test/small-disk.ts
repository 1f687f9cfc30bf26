import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface SmallDisk {
  path: string
  /** Takes all space that is left, and what has become free since. */
  fill(): void
  /** Gives back what was taken. */
  empty(): void
  remove(): void
}

/** A separate disk that can be filled; undefined if this user may not mount one. */
export function smallDisk(bytes: number): SmallDisk | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined
  const path = mkdtempSync(join(tmpdir(), 'roar-disk-'))
  const mounted = Bun.spawnSync(['mount', '-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', path])
  if (!mounted.success) {
    rmSync(path, { recursive: true })
    return undefined
  }
  const filler = join(path, 'filler')
  return {
    path,
    fill() {
      try {
        for (;;) writeFileSync(filler, new Uint8Array(4096), { flag: 'a' })
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code !== 'ENOSPC') throw cause
      }
    },
    empty: () => rmSync(filler),
    remove() {
      Bun.spawnSync(['umount', '-l', path])
      rmSync(path, { recursive: true })
    },
  }
}
