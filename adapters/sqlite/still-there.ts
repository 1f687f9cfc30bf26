import { statSync } from 'node:fs'

const fileAt = (path: string): string => {
  const found = statSync(path, { throwIfNoEntry: false })
  return found === undefined ? '' : `${found.dev}/${found.ino}`
}

/**
 * SQLite goes on writing to a file whose name is gone, or is another file's by now: whatever it says is durable would be found by
 * nobody. Returns what says so of a file that is open, in words; undefined while it is where it was.
 */
export function stillThere(path: string): () => string | undefined {
  const opened = fileAt(path)
  return () => (fileAt(path) === opened ? undefined : `${path} was moved, deleted or replaced`)
}
