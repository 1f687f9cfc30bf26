import type { Subprocess } from 'bun'

/**
 * A database file that a process of its own has locked for the next 300 ms, for tests: opening waits within one call, and nothing
 * else of the test's process would run meanwhile.
 */
export async function heldFile(file: string): Promise<Subprocess> {
  const script = `
    const db = new (await import('bun:sqlite')).Database(${JSON.stringify(file)})
    db.run('BEGIN EXCLUSIVE')
    process.stdout.write('held')
    await Bun.sleep(300)
    db.run('ROLLBACK')`
  const other = Bun.spawn([process.execPath, '-e', script], { stdout: 'pipe' })
  await other.stdout.getReader().read()
  return other
}
