import { hostname } from 'node:os'
import { SQL } from 'bun'
import { type Backoff, backoffMs } from '../../protocol/backoff.ts'
import { within } from '../within.ts'
import { DEAD_MS, KEEPALIVE } from './sessions.ts'

/** Who may use a database: a single process, as `roar up` counts alone, or all roles of a cluster together. */
export type Holders = 'one process' | 'a cluster'

export interface Hold {
  /** Why nothing may be written now; undefined: this process holds the database. */
  whyNot(): string | undefined
  /** Releases the lock. */
  release(): Promise<void>
}

/** A number that nothing else in the database locks; locks are per database. */
const LOCK = 776_602_020
/**
 * How often the session is used, how long a response may take, and how soon a lost session is replaced, in milliseconds. A
 * process that is cut off notices after `BEAT_MS` and `ANSWER_MS`, and its calls end within their limit, before the server gives
 * the lock to another, which takes at least `DEAD_MS`.
 */
const BEAT_MS = 2_000
const ANSWER_MS = 5_000
const AGAIN: Backoff = { firstMs: 100, maxMs: 2_000 }
/** How long a start waits for a response, and for a process that is just ending. */
const OPEN_MS = 30_000
const START_MS = 1_000

/** The name of this process's sessions in `pg_stat_activity`; the server keeps 63 bytes. */
export const sessionName = (holders: Holders): string =>
  `${holders === 'one process' ? 'roar up' : "a cluster's role"}, process ${process.pid} on ${hostname()}`

/**
 * Locks a database by an advisory lock, held by a session of its own: it ends with the process, however that ends. The roles of a
 * cluster share it.
 *
 * A single holder that loses the session writes nothing until it has the lock again. It only continues if nobody else had it
 * meanwhile: each new holder increments a number, and a returning one checks that it is unchanged.
 * @param options.prepare Runs once the lock is held, in the session that holds it and before anything else: creates or migrates
 * the tables. Default nothing.
 * @param options.onTaken Called when another process has the lock, or had it meanwhile: this one's state is then invalid.
 * @throws Error, one sentence, when another process has it
 */
export async function holdDatabase(
  url: string,
  {
    holders,
    prepare = async () => {},
    onTaken,
  }: { holders: Holders; prepare?: (session: SQL) => Promise<void>; onTaken: (cause: Error) => void },
): Promise<Hold> {
  const isAlone = holders === 'one process'
  let session = open()
  /** Sessions of this process that may still have the lock: the server has not noticed that they are gone. */
  const left = new Set<string>()
  let current: Session | undefined
  let turn = 0
  let failures = 0
  let lost: string | undefined
  let wake = () => {}
  let isReleased = false

  function open(): SQL {
    const made: SQL = new SQL({
      url,
      max: 1,
      connectionTimeout: ANSWER_MS / 1000,
      connection: { application_name: sessionName(holders) },
      onclose() {
        if (made === session) lose('its session ended')
      },
    })
    return made
  }

  function lose(why: string): void {
    lost ??= `this process lost its hold on the database: ${why}`
    wake()
  }

  /** @returns a description of the holder; undefined: this process has the lock now */
  async function take(): Promise<string | undefined> {
    const [mine]: [Session] = await session`SELECT pid, backend_start::text AS since,
      set_config('tcp_keepalives_idle', ${`${KEEPALIVE.idleS}`}, false),
      set_config('tcp_keepalives_interval', ${`${KEEPALIVE.intervalS}`}, false),
      set_config('tcp_keepalives_count', ${`${KEEPALIVE.count}`}, false),
      set_config('tcp_user_timeout', ${`${DEAD_MS}`}, false)
      FROM pg_stat_activity WHERE pid = pg_backend_pid()`
    const [{ isTaken }]: [{ isTaken: boolean }] = isAlone
      ? await session`SELECT pg_try_advisory_lock(${LOCK}) AS "isTaken"`
      : await session`SELECT pg_try_advisory_lock_shared(${LOCK}) AS "isTaken"`
    if (!isTaken) return otherHolder(session, left)
    current = mine
    left.add(keyOf(mine))
    if (turn === 0) await prepare(session)
    // A single holder that returns does not increment: with a lost response it would look like another process to itself.
    const isAgain = isAlone && turn !== 0
    const [row]: { term: number }[] = isAgain
      ? await session`SELECT term FROM terms WHERE writes = 'holder'`
      : await session`INSERT INTO terms (writes, term) VALUES ('holder', 1)
          ON CONFLICT (writes) DO UPDATE SET term = terms.term + 1 RETURNING term`
    const term = Number(row?.term)
    if (isAgain && term !== turn)
      throw new Taken(
        term > turn
          ? 'it is in use by another process, which had it while this one was cut off'
          : 'it is as it was before this process had it: an older copy has taken its place',
      )
    turn = term
    lost = undefined
    return undefined
  }

  /** Waits, but no longer than the session lasts. */
  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      timer.unref()
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  async function beat(): Promise<void> {
    const [row]: { pid: number }[] = await within(ANSWER_MS, session`SELECT pg_backend_pid() AS pid`)
    // The client replaces a session that ends.
    if (row!.pid !== current?.pid) lose('its session ended')
  }

  async function retake(): Promise<void> {
    const other = await within(ANSWER_MS, take())
    if (other !== undefined) throw inUse(other)
  }

  async function watch(): Promise<void> {
    while (!isReleased) {
      await pause(lost === undefined ? BEAT_MS : backoffMs(failures, AGAIN, Math.random))
      if (isReleased) return
      try {
        await (lost === undefined ? beat() : retake())
        failures = 0
      } catch (cause) {
        if (isReleased) return
        if (cause instanceof Taken) return onTaken(cause)
        failures++
        lose((cause as Error).message)
        session.close({ timeout: 0 }).catch(() => {})
        session = open()
      }
    }
  }

  const untilMs = performance.now() + START_MS
  try {
    for (;;) {
      const other = await within(OPEN_MS, take())
      if (other === undefined) break
      if (performance.now() > untilMs) throw inUse(other)
      await Bun.sleep(AGAIN.firstMs)
    }
  } catch (cause) {
    isReleased = true
    await session.close({ timeout: 0 })
    throw cause
  }
  const watching = watch()

  return {
    whyNot: () => (isAlone ? lost : undefined),
    async release() {
      isReleased = true
      wake()
      await session.close({ timeout: 0 })
      await watching
    },
  }
}

/** A session of the server; its pid may be reused afterwards. */
interface Session {
  pid: number
  since: string
}

const keyOf = ({ pid, since }: Session): string => `${pid} since ${since}`

/**
 * Describes the holder. Ends sessions that this process has left behind.
 * @throws Error if only such a session holds it: it is gone in a moment
 */
async function otherHolder(sql: SQL, left: ReadonlySet<string>): Promise<string> {
  const holders: (Session & { name: string | null; at: string })[] = await sql`SELECT pid,
      backend_start::text AS since, application_name AS name,
      to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS at
    FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND granted AND classid = 0 AND objid = ${LOCK}
      AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    ORDER BY backend_start`
  const own = holders.filter((holder) => left.has(keyOf(holder)))
  for (const { pid } of own) await sql`SELECT pg_terminate_backend(${pid})`
  const [first, ...others] = holders.filter((holder) => !own.includes(holder))
  if (first === undefined) throw new Error('an earlier session of this process still holds it')
  // Sessions of other database users only show their pid.
  const name = first.name || 'another process'
  const more = others.length === 0 ? '' : `, and by ${others.length} more`
  return `by ${name}, in session ${first.pid} of the server since ${first.at}${more}`
}

/** The database belongs to another process, or is a different one. */
class Taken extends Error {}

const inUse = (other: string) => new Taken(`it is in use ${other}`)
