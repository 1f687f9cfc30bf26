import type { MediaStore } from '../../adapters/media/media.ts'
import { RoarError } from '../../protocol/errors.ts'
import { mediaNameOf, mediaPath } from '../../protocol/media.ts'
import type { Sticker } from '../../protocol/show.ts'
import type { PictureMaker } from './picture-maker.ts'

/** The addresses of one sticker's pictures. */
export type Pictures = Required<Pick<Sticker, 'image' | 'thumb'>>

/** The pictures of packs: created, stored, and deleted once no sticker uses them. */
export class Shelf {
  readonly #media: MediaStore | undefined
  readonly #maker: PictureMaker

  /** @param options.media Absent: this server accepts no pictures. */
  constructor({ media, maker }: { media: MediaStore | undefined; maker: PictureMaker }) {
    this.#media = media
    this.#maker = maker
  }

  /** @param account The sender. @throws RoarError media_off, bad_picture, overloaded */
  async make(
    bytes: Uint8Array<ArrayBuffer>,
    account: string,
  ): Promise<{ pictures: Pictures; keep(): Promise<void> }> {
    const media = this.#media
    if (media === undefined)
      throw new RoarError('media_off', 'this server has no storage for pictures: set media')
    const { image, thumb } = await this.#maker.make(bytes, account)
    return {
      pictures: { image: mediaPath(image.name), thumb: mediaPath(thumb.name) },
      /** @throws RoarError media_unavailable */
      async keep() {
        for (const { name, bytes } of [image, thumb]) await media.put(name, bytes)
      },
    }
  }

  /** Deletes those of the old pictures that no sticker of `kept` uses. @throws RoarError media_unavailable */
  async sweep(old: readonly Partial<Pictures>[], kept: readonly Partial<Pictures>[]): Promise<void> {
    const wanted = new Set(namesOf(kept))
    for (const name of namesOf(old)) if (!wanted.has(name)) await this.#media?.delete(name)
  }
}

const namesOf = (stickers: readonly Partial<Pictures>[]): string[] =>
  stickers.flatMap(({ image = '', thumb = '' }) =>
    [image, thumb].flatMap((address) => mediaNameOf(address) ?? []),
  )
