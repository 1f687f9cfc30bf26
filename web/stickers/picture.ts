import { element } from '../dom/element.ts'

/**
 * Where a picture is. A relative address is the server's, below its own path where it has one.
 * @param server The server's address, without a slash at its end.
 */
export const pictureAt = (image: string, server: string): string =>
  /^(https?:)?\/\//i.test(image) ? image : `${server}/${image.replace(/^\//, '')}`

/** What stands for a title where there is no picture: its first character, which may be two units long. */
export const letterOf = (title: string): string => ([...title.trim()][0] ?? '?').toUpperCase()

/**
 * A picture that says nothing itself. Where it does not come, `instead` stands in its place: no browser's torn picture.
 */
export function pictureOf(className: string, source: string, instead?: () => HTMLElement): HTMLElement {
  const picture = element('img', className)
  picture.alt = ''
  picture.draggable = false
  picture.decoding = 'async'
  picture.addEventListener('error', () => (instead ? picture.replaceWith(instead()) : picture.remove()))
  picture.src = source
  return picture
}
