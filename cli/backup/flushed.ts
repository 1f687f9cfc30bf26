import { closeSync, fsyncSync, openSync } from 'node:fs'

/** Returns once a file, or a folder's list of names, would survive the end of the machine. */
export function flushed(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
