import type { MediaStore } from '../../adapters/media/media.ts'
import { RoarError } from '../../protocol/errors.ts'
import { mediaNameOf, mediaPath } from '../../protocol/media.ts'
import type { Sticker } from '../../protocol/show.ts'
import type { PictureMaker } from './picture-maker.ts'

/** Where the pictures of one sticker are. */
export type Pictures = Required<Pick<Sticker, 'image' | 'thumb'>>

/** The pictures of packs: made, kept, and taken down once no sticker has them. */
export class Shelf {
  readonly #media: MediaStore | undefined
  readonly #maker: PictureMaker

  /** @param options.media Absent: this server takes no pictures. */
  constructor({ media, maker }: { media: MediaStore | undefined; maker: PictureMaker }) {
    this.#media = media
    this.#maker = maker
  }

  /** @param account Who sends it. @throws RoarError media_off, bad_picture, overloaded */
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

  /** Takes down what of these has a picture that no sticker of `kept` has. @throws RoarError media_unavailable */
  async sweep(old: readonly Partial<Pictures>[], kept: readonly Partial<Pictures>[]): Promise<void> {
    const wanted = new Set(namesOf(kept))
    for (const name of namesOf(old)) if (!wanted.has(name)) await this.#media?.delete(name)
  }
}

const namesOf = (stickers: readonly Partial<Pictures>[]): string[] =>
  stickers.flatMap(({ image = '', thumb = '' }) =>
    [image, thumb].flatMap((address) => mediaNameOf(address) ?? []),
  )
