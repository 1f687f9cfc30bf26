/** The packets of one window arrive within this time of each other, each as a separate task. */
const GATHER_MS = 25
/** At most this often changes by the crowd are written: each write costs a style pass, a layout and a frame, and faster is a blur. */
const EVERY_MS = 500
/** The same on a slow device. */
const SLOW_EVERY_MS = 1000
/** A device becomes slow when the writes of packets take half a frame, and stops being slow at a quarter. */
const SLOW_MS = 8

let writes: (() => void)[] = []
let ranMs = Number.NEGATIVE_INFINITY
let dueMs = Number.POSITIVE_INFINITY
let timer: ReturnType<typeof setTimeout> | undefined
/** Running average of the time that writes take on the page's thread; the newest weighs most. */
let tookMs = 0
let slow = false

/**
 * Runs the writes of several packets in one task, in order, so that they cause one frame: within 25 ms, but at most twice a
 * second, or once on a slow device. Pending writes are those since the last run: in a hidden page, whose timers a browser
 * throttles, at most a minute's packets.
 * @param everyMs For what moves and would visibly stutter: the longest time since the last run. Pending writes run with it.
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

/** Whether the page's thread should be spared, measured by the writes of packets: an old phone, or one that saves power. */
export const isSlow = (): boolean => slow

function run(): void {
  ranMs = performance.now()
  dueMs = Number.POSITIVE_INFINITY
  // One that throws does not stop the others.
  for (const write of writes) queueMicrotask(write)
  writes = []
  // After the microtasks of all writes.
  queueMicrotask(() => queueMicrotask(measure))
}

function measure(): void {
  tookMs += (performance.now() - ranMs - tookMs) / 4
  slow = tookMs > (slow ? SLOW_MS / 2 : SLOW_MS)
}
