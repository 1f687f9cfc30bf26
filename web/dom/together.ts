/** The packets of one window come within so much of each other, each as a task of its own. */
const GATHER_MS = 25
/** What is written changes so often at the most: each time is a style, a layout and a frame of the page, and faster is a blur. */
const EVERY_MS = 250

let writes: (() => void)[] = []
let ranMs = Number.NEGATIVE_INFINITY

/**
 * Runs what several packets write in one task, in order, so that they are one frame of the page: within 25 ms, and at most four
 * times a second. What waits is what came since: of a hidden page, whose timers a browser slows, a minute's packets at most.
 */
export function together(write: () => void): void {
  if (writes.push(write) === 1) setTimeout(run, Math.max(GATHER_MS, ranMs + EVERY_MS - performance.now()))
}

function run(): void {
  ranMs = performance.now()
  // One that throws does not stop the others.
  for (const write of writes) queueMicrotask(write)
  writes = []
}
