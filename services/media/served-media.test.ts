import { expect, test } from 'bun:test'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import type { MediaStore } from '../../adapters/media/media.ts'
import { servedMedia } from './served-media.ts'

test('what fails late leaves a newer read alone, and what fails is asked for again', async () => {
  const clock = new ManualClock(1_800_000_000_000)
  const reads: PromiseWithResolvers<Uint8Array<ArrayBuffer> | undefined>[] = []
  const media = servedMedia({
    media: {
      get: () => {
        reads.push(Promise.withResolvers())
        return reads.at(-1)!.promise
      },
    } as Partial<MediaStore> as MediaStore,
    clock,
  })
  const first = media.get('a.png')
  clock.advance(2_000)
  const second = media.get('a.png')
  reads[0]!.reject(new Error('too late'))
  await expect(first).rejects.toThrow('too late')
  expect(media.get('a.png')).toBe(second)
  reads[1]!.reject(new Error('refused'))
  await expect(second).rejects.toThrow('refused')
  void media.get('a.png')
  expect(reads).toHaveLength(3)
})
