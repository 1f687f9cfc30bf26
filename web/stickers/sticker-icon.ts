import type { Sticker } from '../../sdk/src/index.ts'
import { element, silent } from '../dom/element.ts'
import { letterOf, pictureAt, pictureOf } from './picture.ts'

export interface StickerIconOptions {
  /** Use the full picture, possibly animated, instead of the small still one. Default false. */
  large?: boolean
  /** Whether it must carry its title because no text beside it does. Default false: decorative. */
  named?: boolean
}

/**
 * A sticker's picture for buttons and rows: its emoji, or its title's first letter, if it has no picture or that fails to load.
 * @param server Base URL of relative pictures.
 */
export function stickerIcon(
  { emoji, image, thumb = image, title }: Sticker,
  server: string,
  { large = false, named = false }: StickerIconOptions = {},
): HTMLElement {
  const said = <Node extends HTMLElement>(node: Node): Node => {
    if (!named) return silent(node)
    node.setAttribute('role', 'img')
    node.setAttribute('aria-label', title)
    return node
  }
  const letter = () => said(element('span', 'sticker-icon', emoji ?? letterOf(title)))
  const source = large ? image : thumb
  if (source === undefined) return letter()
  return said(pictureOf('sticker-icon', pictureAt(source, server), letter))
}
