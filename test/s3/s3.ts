import { afterAll, expect, test } from 'bun:test'
import { mediaContract } from '../../adapters/media/media.contract.ts'
import { mediaS3 } from '../../adapters/media/media-s3.ts'
import { startVersitygw } from '../../deploy/programs/versitygw.ts'
import { mediaNameOf } from '../../protocol/media.ts'
import type { StickerPack } from '../../protocol/show.ts'
import { png } from '../../services/media/worker/pictures-fixture.ts'
import { startRoar } from '../embedded.ts'
import { SECRET, tokenOf } from '../polls/voting.ts'

/**
 * `npm run s3`: pictures in a bucket of a real S3 server, the Versity S3 Gateway, which the first run builds with Go in some
 * minutes of one core. With the bucket of another one in S3_MEDIA, as the setting `media` names it and empty, its contract alone.
 */
const given = process.env.S3_MEDIA
if (given !== undefined) mediaContract('the S3 that was given', () => mediaS3(given))
else await withOurOwn()

async function withOurOwn(): Promise<void> {
  const server = await startVersitygw()
  afterAll(() => server[Symbol.asyncDispose]())
  const name = `${'c'.repeat(32)}.webp`

  mediaContract(`versitygw ${server.version}`, () => mediaS3(server.media()))

  test.each([
    ['another secret', { secret: 'another secret' }, 'SignatureDoesNotMatch'],
    ['a bucket that is not there', { bucket: 'nowhere' }, 'NoSuchBucket'],
  ])('%s is media_unavailable, whatever is asked, and says why', async (_, changes, why) => {
    const media = mediaS3(server.media(changes))
    for (const act of ['get', 'put', 'delete'] as const) {
      const refused = await media[act](name, new Uint8Array([1])).then(String, (cause: Error) => cause)
      expect(refused).toMatchObject({ code: 'media_unavailable', message: expect.stringContaining(why) })
    }
  })

  test('a sticker’s picture is kept there, served from there, and leaves with the sticker; nothing is half done while it is away', async () => {
    const roar = await startRoar('--auth-secret', SECRET, '--media', server.media())
    try {
      const studio = async (method: string, path: string, body?: BodyInit) => {
        const response = await fetch(`${roar.url}/v1/studio/packs${path}`, {
          method,
          headers: { authorization: `Bearer ${tokenOf('boss', { role: 'producer' })}` },
          ...(body !== undefined && { body }),
        })
        return { status: response.status, body: (await response.json()) as StickerPack & { code?: string } }
      }
      await studio('POST', '', JSON.stringify({ pack: 'art', title: 'Art' }))
      const star = await studio('PUT', '/art/stickers/star?title=Star', await png())
      expect(star.status).toBe(200)
      const { image, thumb } = star.body.stickers[0]!
      const stored = () =>
        Promise.all([image, thumb].map((path) => mediaS3(server.media()).get(mediaNameOf(path!)!)))
      expect(await (await fetch(roar.url + image)).bytes()).toEqual((await stored())[0]!)

      await server.kill()
      const moon = await png('#00ff00')
      expect(await studio('PUT', '/art/stickers/moon?title=Moon', moon)).toMatchObject({
        status: 503,
        body: { code: 'media_unavailable' },
      })
      expect((await studio('GET', '')).body).toContainEqual(star.body)
      await server.restart()
      expect((await studio('PUT', '/art/stickers/moon?title=Moon', moon)).status).toBe(200)

      expect((await studio('DELETE', '/art/stickers/star')).status).toBe(200)
      expect(await stored()).toEqual([undefined, undefined])
    } finally {
      await roar.stop()
    }
  })
}
