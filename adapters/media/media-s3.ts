import { S3Client } from 'bun'
import { RoarError } from '../../protocol/errors.ts'
import { within } from '../within.ts'
import { checkedName, type MediaStore } from './media.ts'

/**
 * Pictures in an S3-compatible bucket: `s3://KEY:SECRET@bucket/prefix?endpoint=https://host&region=…`. Without a key it uses the
 * environment's, like every S3 client (`AWS_ACCESS_KEY_ID` …).
 * @param options.answerMs How long a bucket may take, in milliseconds. Default 10 s; after that it is `media_unavailable`.
 */
export function mediaS3(address: string, { answerMs = ANSWER_MS }: { answerMs?: number } = {}): MediaStore {
  const { hostname: bucket, pathname, searchParams, username, password } = new URL(address)
  const [endpoint, region] = [searchParams.get('endpoint'), searchParams.get('region')]
  const client = new S3Client({
    bucket,
    ...(username !== '' && {
      accessKeyId: decodeURIComponent(username),
      secretAccessKey: decodeURIComponent(password),
    }),
    ...(endpoint !== null && { endpoint }),
    ...(region !== null && { region }),
  })
  const prefix = pathname.replace(/^\/+|\/+$/g, '')
  const keyOf = (name: string) => (prefix === '' ? '' : `${prefix}/`) + checkedName(name)
  const reached = <T>(work: () => Promise<T>): Promise<T> => answered(work, answerMs)
  return {
    async put(name, bytes) {
      const key = keyOf(name)
      await reached(() => client.write(key, bytes, { type: 'image/webp' }))
    },
    async get(name) {
      const key = keyOf(name)
      return reached(async () => {
        try {
          return new Uint8Array(await client.file(key).arrayBuffer())
        } catch (cause) {
          if ((cause as { code?: string }).code === 'NoSuchKey') return undefined
          throw cause
        }
      })
    },
    async delete(name) {
      const key = keyOf(name)
      await reached(() => client.delete(key))
    },
  }
}

const ANSWER_MS = 10_000

/** The client has no timeout for a server that accepts a connection and then is silent: others would wait behind it. */
async function answered<T>(work: () => Promise<T>, answerMs: number): Promise<T> {
  try {
    return await within(answerMs, work())
  } catch (cause) {
    const { code = 'no answer' } = cause as { code?: string }
    throw new RoarError('media_unavailable', `the bucket of pictures cannot be used: ${code}`, { cause })
  }
}
