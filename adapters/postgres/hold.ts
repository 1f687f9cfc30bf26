import { hostname } from 'node:os'
import { SQL } from 'bun'
import { type Backoff, backoffMs } from '../../protocol/backoff.ts'
import { within } from '../within.ts'
import { DEAD_MS, KEEPALIVE } from './sessions.ts'

/** Whose a database is: one process's alone, as `roar up` counts without anybody, or that of all roles of a cluster. */
export type Holders = 'one process' | 'a cluster'

export interface Hold {
  /** Why nothing may be written just now; undefined: this process has the database. */
  whyNot(): string | undefined
  /** Lets others have it. */
  release(): Promise<void>
}

/** Any number that nothing else in the database locks; the lock is each database's own. */
const LOCK = 776_602_020
/**
 * How often the session is used, how long an answer may take, and how soon a lost one is made anew, in milliseconds. Whoever is
 * cut off knows it after `BEAT_MS` and `ANSWER_MS`, and what it had asked before ends within the limit of a call, before the server gives
 * the lock to another, which is not before `DEAD_MS`.
 */
const BEAT_MS = 2_000
const ANSWER_MS = 5_000
const AGAIN: Backoff = { firstMs: 100, maxMs: 2_000 }
/** How long a start waits for an answer, and for a process that is just ending. */
const OPEN_MS = 30_000
const START_MS = 1_000

/** What sessions of this process are called in `pg_stat_activity`; the server keeps 63 bytes of it. */
export const sessionName = (holders: Holders): string =>
  `${holders === 'one process' ? 'roar up' : "a cluster's role"}, process ${process.pid} on ${hostname()}`

/**
 * Takes a database by an advisory lock, which a session of its own holds: it ends with the process, however that ends. The roles
 * of a cluster hold it together.
 *
 * Whoever loses the session, alone, writes nothing until it has the lock again. It goes on only where nobody else had it meanwhile:
 * each who takes it raises a number, and whoever takes it again looks whether that is still its own.
 * @param options.prepare What is done to the database once it is this process's, by the session that holds it, and before anything
 *   else is: its tables are made, or brought up to date. Default nothing.
 * @param options.onTaken Hears that another process has it, or had it meanwhile: what this one knows is worth nothing.
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
  /** Sessions of this process that may have the lock still: the server has not noticed that they are gone. */
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

  /** @returns who else has the lock, in words; undefined: this process has it now. */
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
    // Whoever had it alone raises nothing: an answer that is lost would make this process another one to itself.
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

  /** Waits, but not longer than until the session ends. */
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
    // The client makes another one where one ends.
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

/** A session of the server; its number may be another's after it. */
interface Session {
  pid: number
  since: string
}

const keyOf = ({ pid, since }: Session): string => `${pid} since ${since}`

/**
 * Who has the lock, in words. Sessions that this process has left behind are ended.
 * @throws Error where it is such a session alone: it is gone in a moment
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
  // Of another role of the server's only its number can be seen.
  const name = first.name || 'another process'
  const more = others.length === 0 ? '' : `, and by ${others.length} more`
  return `by ${name}, in session ${first.pid} of the server since ${first.at}${more}`
}

/** The database is another's, or another one. */
class Taken extends Error {}

const inUse = (other: string) => new Taken(`it is in use ${other}`)
