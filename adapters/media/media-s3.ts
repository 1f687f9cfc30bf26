import { S3Client } from 'bun'
import { RoarError } from '../../protocol/errors.ts'
import { within } from '../within.ts'
import { checkedName, type MediaStore } from './media.ts'

/**
 * Pictures in a bucket of any S3: `s3://KEY:SECRET@bucket/prefix?endpoint=https://host&region=…`. Without a key those of the
 * environment are taken, as every S3 client does (`AWS_ACCESS_KEY_ID` …).
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

/** The client waits without an end for one that takes a connection and says nothing: others wait for their turn behind it. */
async function answered<T>(work: () => Promise<T>, answerMs: number): Promise<T> {
  try {
    return await within(answerMs, work())
  } catch (cause) {
    const { code = 'no answer' } = cause as { code?: string }
    throw new RoarError('media_unavailable', `the bucket of pictures cannot be used: ${code}`, { cause })
  }
}
