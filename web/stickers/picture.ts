import { element } from '../dom/element.ts'

/**
 * A picture's URL. A relative address is the server's, below its own path if it has one.
 * @param server The server's address, without a slash at its end.
 */
export const pictureAt = (image: string, server: string): string =>
  /^(https?:)?\/\//i.test(image) ? image : `${server}/${image.replace(/^\//, '')}`

/** Replaces a missing picture: the title's first character, which may be two UTF-16 units. */
export const letterOf = (title: string): string => ([...title.trim()][0] ?? '?').toUpperCase()

/** A decorative picture. If it fails to load, `instead` replaces it, not the browser's broken image. */
export function pictureOf(className: string, source: string, instead?: () => HTMLElement): HTMLElement {
  const picture = element('img', className)
  picture.alt = ''
  picture.draggable = false
  picture.decoding = 'async'
  picture.addEventListener('error', () => (instead ? picture.replaceWith(instead()) : picture.remove()))
  picture.src = source
  return picture
}
