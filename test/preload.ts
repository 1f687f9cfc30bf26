import { setDefaultTimeout } from 'bun:test'
import fc from 'fast-check'
import { HANG_MS } from './hang.ts'

/** Makes properties use the `maxLength` that they state: by default fast-check stops at ten entries. */
fc.configureGlobal({ defaultSizeToMaxWhenMaxSpecified: true })

// For a file that is run by hand: of several only the first has it. `npm test` gives it to all, and to their hooks.
setDefaultTimeout(HANG_MS)
