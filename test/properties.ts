import fc from 'fast-check'

/** Makes properties use the `maxLength` that they state: by default fast-check stops at ten entries. */
fc.configureGlobal({ defaultSizeToMaxWhenMaxSpecified: true })
