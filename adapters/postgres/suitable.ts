import { SQL } from 'bun'

interface Session {
  pid: number
  /** Such as `15.19 (Debian 15.19-0+deb12u1)`. */
  version: string
  encoding: string
}

/** The oldest version that tells the outcome of a transaction (`pg_xact_status` with `xid8`). */
const VERSION_MIN = 13
/** `SQL_ASCII` keeps every byte as it is. */
const ENCODINGS = ['UTF8', 'SQL_ASCII']

/**
 * Checks what a store needs of a server, before anything is created: an encoding that has every emoji, and a session for each
 * client, as locks belong to sessions.
 * @returns its version @throws Error, one sentence
 */
export async function checkServer(url: string): Promise<string> {
  const clients = [new SQL({ url, max: 1 }), new SQL({ url, max: 1 })] as const
  // Without a prepared statement: its name is unknown, or taken, in a session that a pooler shares.
  const ask = async (sql: SQL): Promise<Session> => {
    const [session] =
      await sql`SELECT pg_backend_pid() AS pid, current_setting('server_encoding') AS encoding,
      current_setting('server_version') AS version`.simple()
    return session
  }
  try {
    const { pid, version, encoding } = await ask(clients[0])
    if (Number.parseInt(version, 10) < VERSION_MIN)
      throw new Error(`it is PostgreSQL ${version}, and ${VERSION_MIN} is needed`)
    if (!ENCODINGS.includes(encoding))
      throw new Error(`its encoding is ${encoding}, which has no emoji: create the database with UTF8`)
    if ((await ask(clients[1])).pid === pid)
      throw new Error(
        'a pooler before it lets clients share sessions, and locks belong to sessions: connect directly, or set the pooler to one session a client (pgbouncer: pool_mode = session)',
      )
    return version
  } finally {
    await Promise.all(clients.map((sql) => sql.close({ timeout: 0 })))
  }
}
