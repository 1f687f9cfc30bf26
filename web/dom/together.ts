/** The packets of one window come within so much of each other, each as a task of its own. */
const GATHER_MS = 25
/** What a crowd changes is written so often at the most: each time is a style, a layout and a frame of the page, and faster is a blur. */
const EVERY_MS = 500
/** The same on a slow device. */
const SLOW_EVERY_MS = 1000
/** A device is slow when what packets write takes half a frame, and is no longer slow when that is a quarter. */
const SLOW_MS = 8

let writes: (() => void)[] = []
let ranMs = Number.NEGATIVE_INFINITY
let dueMs = Number.POSITIVE_INFINITY
let timer: ReturnType<typeof setTimeout> | undefined
/** What the newest writes took of the page's thread, the last the most. */
let tookMs = 0
let slow = false

/**
 * Runs what several packets write in one task, in order, so that they are one frame of the page: within 25 ms, and at most twice a
 * second, on a slow device once. What waits is what came since: of a hidden page, whose timers a browser slows, a minute's packets at most.
 * @param everyMs For what moves, and would be seen to stutter: how long after the last time at the latest. What waits goes along.
 */
export function together(write: () => void, everyMs = slow ? SLOW_EVERY_MS : EVERY_MS): void {
  writes.push(write)
  const now = performance.now()
  const atMs = Math.max(now + GATHER_MS, ranMs + everyMs)
  if (atMs >= dueMs) return
  dueMs = atMs
  clearTimeout(timer)
  timer = setTimeout(run, atMs - now)
}

/** Whether the page's thread is better left alone, as by what packets write: on an old phone, or one that saves power. */
export const isSlow = (): boolean => slow

function run(): void {
  ranMs = performance.now()
  dueMs = Number.POSITIVE_INFINITY
  // One that throws does not stop the others.
  for (const write of writes) queueMicrotask(write)
  writes = []
  // After what they have done once all is written.
  queueMicrotask(() => queueMicrotask(measure))
}

function measure(): void {
  tookMs += (performance.now() - ranMs - tookMs) / 4
  slow = tookMs > (slow ? SLOW_MS / 2 : SLOW_MS)
}
