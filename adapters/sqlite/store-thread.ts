/**
 * The thread that writes the store's file, so that only it waits for the disk. One call after another.
 */
import { workerData } from 'node:worker_threads'
import { SQL } from 'bun'
import { sqlStore } from '../sql/store-sql.ts'
import { madeOn, type StoreCall } from '../store/each-call.ts'
import { faultOf, type StoreAnswer } from './store-answer.ts'
import { answerEach } from './thread-side.ts'

/**
 * Writes whose newest the end of the machine may take back: counts, times, and what is made again from the log. After any other
 * the disk has all.
 */
const TAKEN_BACK = new Set([
  ...['saveCounts', 'probe', 'people.use', 'people.present', 'webhooks.claim', 'webhooks.settle'],
  ...['saveBallotsEnd', 'saveTreeHead', 'saveSuspects', 'saveLeaves'].map((name) => `polls.${name}`),
])

const sql = new SQL({ adapter: 'sqlite', filename: new URL(workerData), readwrite: true, create: false })
/** Of the call in progress. */
const unreadable: string[] = []
const store = sqlStore(sql, { sqlite: true, onUnreadable: (sentence) => unreadable.push(sentence) })
let synchronous = ''
/** Whether the disk refused the newest of the writes that must be on it. A write that it may take back might still be made, so a probe must be on it, too. */
let isRefused = false

/** In WAL mode a commit with NORMAL survives the end of the process, with FULL that of the machine. */
async function commitWith(mode: 'NORMAL' | 'FULL'): Promise<void> {
  if (mode === synchronous) return
  // Who calls waits for another program that has the file.
  if (synchronous === '') await sql.unsafe('PRAGMA busy_timeout = 0')
  await sql.unsafe(`PRAGMA synchronous = ${mode}`)
  synchronous = mode
}

async function answer(call: StoreCall): Promise<StoreAnswer> {
  const mustStay = !TAKEN_BACK.has(call.name) || (call.name === 'probe' && isRefused)
  try {
    await commitWith(mustStay ? 'FULL' : 'NORMAL')
    const value = await madeOn(store, call)
    if (mustStay) isRefused = false
    return { value, unreadable: unreadable.splice(0) }
  } catch (cause) {
    if (mustStay && cause instanceof SQL.SQLiteError) isRefused = true
    return { fault: faultOf(cause), unreadable: unreadable.splice(0) }
  }
}

answerEach(answer, () => sql.close({ timeout: 0 }))
