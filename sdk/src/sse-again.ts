/** The same under another name, for a browser that remembers that the first did not come. */
export { openSse } from './sse.ts'
