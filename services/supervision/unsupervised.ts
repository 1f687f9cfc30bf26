import type { Health } from './supervisor.ts'

/** For a part without a supervisor, as in tests: nobody sees it wait, but its failure still ends the process. */
export const UNSUPERVISED: Health = {
  working() {},
  waiting() {},
  failed(cause) {
    queueMicrotask(() => {
      throw cause
    })
  },
}
