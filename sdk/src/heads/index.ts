export { type ClientErrorCode, RoarError } from '../error.ts'
export type { Platform } from '../platform.ts'
export type { VoteStorage } from '../votes/records.ts'
export { type Heads, type HeadsOptions, heads, type LogFault, type LogState } from './heads.ts'
