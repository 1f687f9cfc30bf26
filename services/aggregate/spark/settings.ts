import * as v from 'valibot'
import { group, setting, withPasswords } from '../../../settings/setting.ts'
import { whole } from '../../../settings/values.ts'

/** The address of Spark, and how it counts. */
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
    "The folder for Spark's checkpoint, on storage that every Spark process can access: s3a://…, hdfs://…, or a path.",
  ),
  'spark-window-ms': setting(
    whole(100, 600_000),
    2000,
    "The length of Spark's windows, in milliseconds. It cannot change for an existing checkpoint.",
  ),
  'spark-trigger-ms': setting(whole(100, 60_000), 500, 'How often Spark starts a batch, in milliseconds.'),
  'spark-votes-trigger-ms': setting(
    whole(100, 60_000),
    2000,
    'How often Spark starts a batch of votes, in milliseconds.',
  ),
})
