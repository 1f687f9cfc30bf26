import type { Sticker } from '../../sdk/src/index.ts'
import { element, silent } from '../dom/element.ts'
import { letterOf, pictureAt, pictureOf } from './picture.ts'

/**
 * A sticker's picture for buttons and rows: its emoji, or its title's first letter, where there is none or it does not come.
 * Its title stands beside it, so it says nothing itself.
 * @param server Where relative pictures come from.
 */
export function stickerIcon({ emoji, image, title }: Sticker, server: string): HTMLElement {
  const letter = () => silent(element('span', 'sticker-icon', emoji ?? letterOf(title)))
  return image === undefined ? letter() : pictureOf('sticker-icon', pictureAt(image, server), letter)
}
