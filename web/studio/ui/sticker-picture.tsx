import type { Sticker } from '../../../protocol/show.ts'
import { addressOf } from '../api/address.ts'

/** A sticker's picture. Its name is beside it, so it is hidden from screen readers. */
export const StickerPicture = ({ sticker: { emoji, image } }: { sticker: Sticker }) =>
  emoji ?? (image && <img src={addressOf(image).href} alt="" className="sticker-image" />)
