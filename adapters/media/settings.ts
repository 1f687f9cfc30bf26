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
      'Where sticker pictures are stored: file:FOLDER or s3://KEY:SECRET@bucket/prefix?endpoint=https://host. Empty: the folder media in the data folder; in a cluster, pictures are refused.',
    ),
  ),
})
