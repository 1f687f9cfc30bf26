import { statSync } from 'node:fs'

/** '': there is none, or nobody can look. */
function fileAt(path: string): string {
  try {
    const { dev, ino } = statSync(path)
    return `${dev}/${ino}`
  } catch {
    return ''
  }
}

/**
 * SQLite goes on writing to a file whose name is gone, or is another file's by now: whatever it says is durable would be found by
 * nobody. What was committed last is in the WAL beside it, which is there from the first commit until the file is closed.
 * @returns Of a file that is open, why it is not where it was, in words; undefined while it is.
 */
export function stillThere(path: string): () => string | undefined {
  const opened = fileAt(path)
  const wal = `${path}-wal`
  let openedWal = ''
  const whyGone = (gone: string) => `${gone} was moved, deleted or replaced`
  return () => {
    if (fileAt(path) !== opened) return whyGone(path)
    if (openedWal === '') openedWal = fileAt(wal)
    else if (fileAt(wal) !== openedWal) return whyGone(wal)
    return undefined
  }
}
