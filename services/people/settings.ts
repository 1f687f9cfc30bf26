import { group, setting } from '../../settings/setting.ts'
import { whole } from '../../settings/values.ts'

/** How people sign in to the studio. */
export const PEOPLE_SETTINGS = group('People', {
  'session-idle-s': setting(
    whole(60, 2_592_000),
    7_200,
    'Seconds without a call after which a session of the studio ends.',
  ),
  'session-max-s': setting(
    whole(60, 31_536_000),
    43_200,
    'Seconds after which a session of the studio ends, whatever happens.',
  ),
})
