import { afterAll } from 'bun:test'
import { temporaryFolder } from '../../test/embedded.ts'
import { mediaContract } from './media.contract.ts'
import { mediaFiles } from './media-files.ts'
import { mediaS3 } from './media-s3.ts'

const folder = temporaryFolder()
afterAll(() => folder.remove())
mediaContract('a folder', () => mediaFiles(`${folder.path}/media`))

/** An empty bucket of any S3, as the setting `media` names it: none that a test may fetch is small enough for each run. */
const bucket = process.env.S3_MEDIA ?? ''
mediaContract('an S3', () => mediaS3(bucket), bucket !== '')
