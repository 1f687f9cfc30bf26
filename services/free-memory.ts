/** The memory that this process may still take, in bytes: of the machine's, and of its own limit, where a container sets one. */
export const freeBytes = (): number =>
  Math.min(process.availableMemory(), process.constrainedMemory() - process.memoryUsage.rss())
