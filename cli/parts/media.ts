import { openMedia } from '../../adapters/registry.ts'
import { routesOf } from '../../services/http/call/handler.ts'
import { getMedia } from '../../services/media/get-media.ts'
import { servedMedia } from '../../services/media/served-media.ts'
import { ConfigError } from '../../settings/config-error.ts'
import { checkFolder } from '../../settings/files.ts'
import { optional, part, type Surroundings } from '../assembly/part.ts'

/** The place for pictures that the settings name, or a folder in the data folder. */
export const ownMedia = part({
  name: 'media',
  settings: ['media'],
  needs: ['folder'],
  check: ({ media }) => checkPlace(media),
  open: ({ folder, config, clock }) => opened(config.media || `file:${folder.file('media')}`, clock),
})

/** The cluster's place for pictures, if the settings name one. */
export const sharedMedia = optional(
  part({
    name: 'media',
    settings: ['media'],
    check: ({ media }) => checkPlace(media),
    open: ({ config, clock }) => opened(config.media, clock),
  }),
  ({ media }) => media !== '',
  'without media',
)

/** Checks that the folder can be written, or that there is a key of the bucket, which is not contacted. @throws ConfigError */
function checkPlace(media: string): void {
  if (media.startsWith('file:')) checkFolder('media', media.slice('file:'.length))
  else if (media !== '' && !hasKey(media))
    throw new ConfigError(
      'media',
      'has no key: write s3://KEY:SECRET@bucket, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    )
}

/** In the address, or in the environment under one of the names that the client reads. */
const hasKey = (media: string): boolean =>
  new URL(media).username !== '' ||
  ['S3_ACCESS_KEY_ID', 'AWS_ACCESS_KEY_ID'].some((name) => (process.env[name] ?? '') !== '')

function opened(address: string, clock: Surroundings['clock']) {
  const media = openMedia(address)
  return { thing: media, routes: routesOf([getMedia], servedMedia({ media, clock })) }
}
