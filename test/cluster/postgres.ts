import { chownSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from '../../deploy/programs/java.ts'

const VERSIONS = '/usr/lib/postgresql'

/** Debian keeps the server's programs apart by version and out of the path. */
export function postgresFolder(): string | undefined {
  try {
    const newest = readdirSync(VERSIONS).toSorted((a, b) => Number(b) - Number(a))[0]
    return newest === undefined ? undefined : join(VERSIONS, newest, 'bin')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause
    return undefined
  }
}

export interface Postgres {
  url: string
  close(): Promise<void>
}

/** Starts a real PostgreSQL on a free port, with a folder of its own. */
export async function startPostgres(): Promise<Postgres> {
  const programs = postgresFolder()
  if (programs === undefined) throw new Error('PostgreSQL is not installed')
  const folder = mkdtempSync(join(tmpdir(), 'roar-postgres-'))
  // It refuses to run as root, so root runs it as the user that the package made.
  const isRoot = process.getuid?.() === 0
  if (isRoot) chownSync(folder, idOf('postgres', '-u'), idOf('postgres', '-g'))
  const as = isRoot ? ['runuser', '-u', 'postgres', '--'] : []
  const data = join(folder, 'data')
  const initialised = Bun.spawnSync(
    [
      ...as,
      join(programs, 'initdb'),
      '-D',
      data,
      '-U',
      'roar',
      '--auth=trust',
      '--no-sync',
      '--locale=C',
      '-E',
      'UTF8',
    ],
    { stdout: 'ignore', stderr: 'pipe', cwd: folder },
  )
  if (!initialised.success) throw new Error(`initdb failed: ${initialised.stderr}`)
  const [port] = await freePorts(1)
  const server = Bun.spawn(
    [...as, join(programs, 'postgres'), '-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', folder],
    { stdout: 'ignore', stderr: 'ignore', cwd: folder },
  )
  const ask = [join(programs, 'pg_isready'), '-h', '127.0.0.1', '-p', String(port), '-q']
  while (!Bun.spawnSync(ask).success) {
    if (server.exitCode !== null) throw new Error('PostgreSQL ended while it was starting')
    await Bun.sleep(50)
  }
  return {
    url: `postgres://roar@127.0.0.1:${port}/postgres`,
    async close() {
      Bun.spawnSync([...as, join(programs, 'pg_ctl'), 'stop', '-D', data, '-m', 'fast'], { cwd: folder })
      await server.exited
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const idOf = (user: string, flag: '-u' | '-g'): number =>
  Number(Bun.spawnSync(['id', flag, user]).stdout.toString().trim())
