/** The same module under another name, for a browser that remembers that loading the first one failed. */
export { openSse } from './sse.ts'
