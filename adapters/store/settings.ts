import * as v from 'valibot'
import { group, setting, withPasswords } from '../../settings/setting.ts'

export const STORE_SETTINGS = group('Store', {
  store: withPasswords(
    setting(
      v.pipe(v.string(), v.regex(/^$|^sqlite:.+|^postgres(ql)?:\/\//, 'is not sqlite:FILE or postgres://…')),
      '',
      'The database: sqlite:FILE or postgres://…. Empty: roar.db in the data folder.',
    ),
  ),
})
