import fc from 'fast-check'

/** A property that says how long its lists may be means it: otherwise fast-check stops at ten entries. */
fc.configureGlobal({ defaultSizeToMaxWhenMaxSpecified: true })
