import { turns } from './turns.ts'

/**
 * One call to a file system at a time, of the whole process. The runtime makes them in a pool of few threads, two on a small
 * machine, with which tokens are verified and names resolved, too: a disk that leaves calls hanging takes one of them.
 */
export const inDiskTurn = turns()
