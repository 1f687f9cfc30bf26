/** The path of the thread's code, beside this file. A build replaces it by the code itself, so that no file is needed. */
export const THREAD_CODE: string | URL = new URL('./log-thread.ts', import.meta.url)
