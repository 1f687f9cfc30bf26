import type { Sticker } from '../../sdk/src/index.ts'
import { element, silent } from '../dom/element.ts'

/**
 * A sticker's picture for buttons and rows. Its title stands beside it, so it says nothing itself.
 * @param url Where relative pictures come from.
 */
export function stickerIcon({ emoji, image, title }: Sticker, url: string): HTMLElement {
  if (image === undefined) return silent(element('span', 'sticker-icon', emoji ?? title.slice(0, 1)))
  const picture = element('img', 'sticker-icon')
  picture.alt = ''
  picture.draggable = false
  picture.decoding = 'async'
  picture.src = new URL(image, url).href
  return silent(picture)
}
