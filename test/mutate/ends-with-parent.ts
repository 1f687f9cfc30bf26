import { isMainThread, Worker } from 'node:worker_threads'

/** The variable that names the process with which another one ends. */
export const PARENT = 'ENDS_WITH'

const LOOK_MS = 500
const parent = process.env[PARENT]

// On a thread of its own: the test of a mutant may loop without end.
if (!isMainThread) {
  setInterval(() => {
    if (process.ppid !== Number(parent)) process.kill(process.pid, 'SIGKILL')
  }, LOOK_MS)
} else if (process.env.npm_lifecycle_event === 'mutate' && parent === undefined) {
  // npm that is killed leaves what it started behind.
  process.env[PARENT] = String(process.ppid)
  watch()
} else if (parent !== undefined) watch()

function watch(): void {
  new Worker(new URL(import.meta.url)).unref()
}
