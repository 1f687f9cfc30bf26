import type { Health } from './supervisor.ts'

/** Of a part that no supervisor knows, as in tests: nobody sees it wait, but its failure ends the process all the same. */
export const UNSUPERVISED: Health = {
  working() {},
  waiting() {},
  failed(cause) {
    queueMicrotask(() => {
      throw cause
    })
  },
}
