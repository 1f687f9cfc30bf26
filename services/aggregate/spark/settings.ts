import * as v from 'valibot'
import { group, setting, withPasswords } from '../../../settings/setting.ts'
import { whole } from '../../../settings/values.ts'

/** Where Spark is and how it counts. */
export const SPARK_SETTINGS = group('Spark', {
  spark: withPasswords(
    setting(
      v.pipe(v.string(), v.regex(/^$|^sc:\/\/.+/, 'is not sc://host:port')),
      '',
      'The Spark Connect server that counts: sc://host:port.',
    ),
  ),
  'spark-checkpoint': setting(
    v.string(),
    '',
    "The folder of Spark's checkpoint, on storage that all of Spark sees: s3a://…, hdfs://…, or a path.",
  ),
  'spark-window-ms': setting(
    whole(100, 600_000),
    2000,
    "Spark's windows, in milliseconds. A checkpoint keeps what it began with.",
  ),
  'spark-trigger-ms': setting(whole(100, 60_000), 500, 'How often Spark begins a batch, in milliseconds.'),
  'spark-votes-trigger-ms': setting(
    whole(100, 60_000),
    2000,
    'How often Spark begins a batch of votes, in milliseconds.',
  ),
})
