import { statSync } from 'node:fs'

/** '': no such file, or it cannot be examined. */
function fileAt(path: string): string {
  try {
    const { dev, ino } = statSync(path)
    return `${dev}/${ino}`
  } catch {
    return ''
  }
}

/**
 * SQLite keeps writing to a file that was deleted, or replaced under its name: nobody would find what it calls durable. The last
 * commits are in the WAL beside it, which exists from the first commit until the file is closed.
 * @returns a function that says why an open file is no longer at its path; undefined while it is
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
