import type { Sticker } from '../../../protocol/show.ts'
import { addressOf } from '../api/address.ts'

/** What a sticker looks like. Its name stands beside it, so that it is nothing to a screen reader. */
export const StickerPicture = ({ sticker: { emoji, image } }: { sticker: Sticker }) =>
  emoji ?? (image && <img src={addressOf(image).href} alt="" className="sticker-image" />)
