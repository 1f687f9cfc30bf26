import * as v from 'valibot'
import { group, setting, withPasswords } from '../../settings/setting.ts'

export const MEDIA_SETTINGS = group('Pictures', {
  media: withPasswords(
    setting(
      v.pipe(
        v.string(),
        v.check(
          (given) =>
            given === '' || /^file:./.test(given) || (given.startsWith('s3://') && URL.canParse(given)),
          'is not file:FOLDER or s3://KEY:SECRET@bucket/prefix?endpoint=https://host',
        ),
      ),
      '',
      'Where the pictures of stickers are kept: file:FOLDER or s3://KEY:SECRET@bucket/prefix?endpoint=https://host. Empty: media in the data folder; of a cluster nowhere, and pictures are refused.',
    ),
  ),
})
