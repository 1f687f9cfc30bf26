import { closeSync, fsyncSync, openSync } from 'node:fs'

/** Flushes a file, or a folder's list of names, to the disk (fsync). */
export function flushed(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
