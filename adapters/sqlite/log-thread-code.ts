/** Where the thread's code is: beside this file. In a build its text stands here, so that no file is needed beside it. */
export const THREAD_CODE: string | URL = new URL('./log-thread.ts', import.meta.url)
