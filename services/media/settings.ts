import { group, setting } from '../../settings/setting.ts'
import { whole } from '../../settings/values.ts'

/** For a process that accepts pictures. */
export const PICTURE_SETTINGS = group('Pictures', {
  'picture-bytes-max': setting(
    whole(4096, 2 ** 26),
    2 ** 21,
    'The largest sticker picture that a producer may upload, in bytes.',
  ),
})
