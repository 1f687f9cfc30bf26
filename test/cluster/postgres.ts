import { chownSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { SQL } from 'bun'
import { cached } from '../../deploy/programs/cached.ts'
import { endOf } from '../../deploy/programs/end-of.ts'
import { ENDS_WITH_US } from '../../deploy/programs/ends-with-us.ts'
import { freePort } from '../../deploy/programs/ports.ts'

const VERSIONS = '/usr/lib/postgresql'

/** Debian keeps the server's programs in a folder per version, outside the PATH. */
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
  /** Creates a database and returns its URL. */
  database(name: string): Promise<string>
  /** Suspends all its processes, like a machine that hangs: requests stay unanswered until `thaw`. */
  freeze(): void
  thaw(): void
  /** Crashes it and restarts it on the same files. */
  restart(): Promise<void>
  /** Takes a replica now; later writes are missing in it. */
  replicate(): void
  /** Crashes it; the replica takes over at its address. */
  failOver(): Promise<void>
  /** Rejects everybody for a missing password, existing connections too, until `letIn`. */
  refuse(): void
  letIn(): void
  close(): Promise<void>
}

const HOW = ['-U', 'roar', '--auth=trust', '--no-sync', '--locale=C', '-E', 'UTF8']

/** Starts a real PostgreSQL on a free port, with its own data folder: a copy of one that was initialised once for all tests. */
export async function startPostgres(): Promise<Postgres> {
  const found = postgresFolder()
  if (found === undefined) throw new Error('PostgreSQL is not installed')
  const programs: string = found
  const folder = mkdtempSync(join(tmpdir(), 'roar-postgres-'))
  // It refuses to run as root, so root runs it as the user that the package made.
  const isRoot = process.getuid?.() === 0
  if (isRoot) chownSync(folder, idOf('postgres', '-u'), idOf('postgres', '-g'))
  const ids = ['--reuid=postgres', '--regid=postgres', '--init-groups', '--']
  const as = isRoot ? ['setpriv', ...ids] : []
  // In one step: who becomes another user is no longer ended with its starter.
  const endsWithUs = isRoot ? ['setpriv', '--pdeathsig', 'KILL', ...ids] : ENDS_WITH_US
  let data = join(folder, 'data')
  let replicas = 0
  let replica = data
  const run = (program: string, ...given: string[]) => {
    const done = Bun.spawnSync([...as, join(programs, program), ...given], {
      stdout: 'ignore',
      stderr: 'pipe',
      cwd: folder,
    })
    if (!done.success) throw new Error(`${program} failed: ${done.stderr}`)
  }
  const version = basename(dirname(programs))
  const empty = await cached(
    join('cluster', `postgres-${version}-${Bun.hash(HOW.join()).toString(36)}`),
    async (kept) => {
      run('initdb', '-D', data, ...HOW)
      copyWhole(data, join(kept, 'data'))
      rmSync(data, { recursive: true })
    },
  )
  copyWhole(join(empty, 'data'), data)
  const port = await freePort()
  const url = `postgres://roar@127.0.0.1:${port}/postgres`
  const control = (...verb: string[]) => run('pg_ctl', ...verb, '-D', data)
  let server = await start()

  async function start() {
    const started = Bun.spawn(
      [
        ...endsWithUs,
        join(programs, 'postgres'),
        '-D',
        data,
        '-h',
        '127.0.0.1',
        '-p',
        String(port),
        '-k',
        folder,
      ],
      { stdout: 'ignore', stderr: 'ignore', cwd: folder },
    )
    const ask = [join(programs, 'pg_isready'), '-h', '127.0.0.1', '-p', String(port), '-q']
    while (!Bun.spawnSync(ask).success) {
      if (endOf(started) !== null) throw new Error('PostgreSQL ended while it was starting')
      await Bun.sleep(50)
    }
    return started
  }

  /** The postmaster and its processes: the pid file names the first, its children are the others. */
  function signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    const postmaster = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]!
    const children = Bun.spawnSync(['pgrep', '-P', postmaster]).stdout.toString().split('\n').filter(Boolean)
    for (const pid of [postmaster, ...children]) process.kill(Number(pid), name)
  }

  function allow(method: 'trust' | 'scram-sha-256'): void {
    writeFileSync(
      join(data, 'pg_hba.conf'),
      `host all all 127.0.0.1/32 ${method}\nlocal all,replication all trust\n`,
    )
    control('reload')
  }

  return {
    url,
    async database(name) {
      const admin = new SQL(url)
      await admin.unsafe(`CREATE DATABASE ${name}`)
      await admin.close()
      return url.replace(/postgres$/, name)
    },
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    async restart() {
      control('stop', '-m', 'immediate')
      await server.exited
      server = await start()
    },
    replicate() {
      replica = join(folder, `replica-${++replicas}`)
      // At once: by default the checkpoint is spread over minutes.
      const how = ['--checkpoint=fast', '--no-sync']
      run('pg_basebackup', '-h', folder, '-p', String(port), '-U', 'roar', '-D', replica, ...how)
    },
    async failOver() {
      control('stop', '-m', 'immediate')
      await server.exited
      data = replica
      server = await start()
    },
    refuse() {
      allow('scram-sha-256')
      const others = 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()'
      run('psql', '-h', folder, '-p', String(port), '-U', 'roar', '-c', others, 'postgres')
    },
    letIn: () => allow('trust'),
    async close() {
      // Its files are removed with it: do not wait until they are flushed, which takes a minute on a busy disk.
      control('stop', '-m', 'immediate')
      await server.exited
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** With its owner and modes, without which PostgreSQL refuses it. */
function copyWhole(from: string, to: string): void {
  const { success, stderr } = Bun.spawnSync(['cp', '-a', from, to], { stderr: 'pipe' })
  if (!success) throw new Error(`${from} could not be copied: ${stderr}`)
}

const idOf = (user: string, flag: '-u' | '-g'): number =>
  Number(Bun.spawnSync(['id', flag, user]).stdout.toString().trim())
