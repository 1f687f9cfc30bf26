/**
 * The memory that this process may still use, in bytes: what the machine has, and what the process's own limit allows, if a
 * container sets one.
 */
export const freeBytes = (): number =>
  Math.min(process.availableMemory(), process.constrainedMemory() - process.memoryUsage.rss())
