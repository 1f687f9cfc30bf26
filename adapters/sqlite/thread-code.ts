/** The paths of the threads' code, beside this file. A build replaces each by the code itself, so that no file is needed. */
export const LOG_THREAD: string | URL = new URL('./log-thread.ts', import.meta.url)
export const STORE_THREAD: string | URL = new URL('./store-thread.ts', import.meta.url)
