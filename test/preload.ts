import { setDefaultTimeout } from 'bun:test'
import fc from 'fast-check'
import { HANG_MS } from './hang.ts'

/** Makes properties use the `maxLength` that they state: by default fast-check stops at ten entries. */
fc.configureGlobal({ defaultSizeToMaxWhenMaxSpecified: true })

// Of tests. Hooks have what `npm test` gives them, or theirs.
setDefaultTimeout(HANG_MS)
