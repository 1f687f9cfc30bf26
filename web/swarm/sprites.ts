import type { Sticker } from '../../sdk/src/index.ts'

/** Edge of one sprite in the atlas, device pixels: the largest that a sticker is drawn on a phone with a fine screen. */
export const SPRITE_PX = 128

const COLUMNS = 8
const EMOJI_FONT = '"Apple Color Emoji", "Segoe UI Emoji", "Noto Color Emoji", sans-serif'

/** A show's stickers, rasterised once each into one picture; drawing one is a copy of pixels. */
export interface Sprites {
  readonly atlas: HTMLCanvasElement
  /** The sprite of a sticker, -1 for one that the show does not have. */
  indexOf(sticker: string): number
  /** Draws a sprite into the square around (0, 0). */
  draw(context: CanvasRenderingContext2D, sprite: number, size: number): void
}

/**
 * Rasterises a show's stickers. Emoji are there at once, pictures as soon as they have loaded; one that can not be
 * loaded stays its title's first letter in a disc, so that a tap is never invisible.
 * @param url Where relative pictures come from.
 */
export function rasterise(stickers: readonly Sticker[], url: string): Sprites {
  const atlas = document.createElement('canvas')
  atlas.width = COLUMNS * SPRITE_PX
  atlas.height = Math.max(1, Math.ceil(stickers.length / COLUMNS)) * SPRITE_PX
  const context = atlas.getContext('2d')!
  const index = new Map(stickers.map(({ sticker }, i) => [sticker, i]))
  stickers.forEach((sticker, i) => {
    const x = (i % COLUMNS) * SPRITE_PX
    const y = Math.floor(i / COLUMNS) * SPRITE_PX
    if (sticker.emoji === undefined) drawLetter(context, sticker.title, x, y)
    else drawText(context, sticker.emoji, `${SPRITE_PX * 0.76}px ${EMOJI_FONT}`, x, y)
    if (sticker.image !== undefined) drawPicture(context, new URL(sticker.image, url).href, x, y)
  })
  return {
    atlas,
    indexOf: (sticker) => index.get(sticker) ?? -1,
    draw(target, sprite, size) {
      const x = (sprite % COLUMNS) * SPRITE_PX
      const y = Math.floor(sprite / COLUMNS) * SPRITE_PX
      target.drawImage(atlas, x, y, SPRITE_PX, SPRITE_PX, -size / 2, -size / 2, size, size)
    },
  }
}

function drawText(context: CanvasRenderingContext2D, text: string, font: string, x: number, y: number): void {
  context.font = font
  context.textAlign = 'center'
  context.textBaseline = 'alphabetic'
  // Emoji sit differently on the line in every font, so their ink is centred, not their line.
  const { actualBoundingBoxAscent: up, actualBoundingBoxDescent: down } = context.measureText(text)
  context.fillText(text, x + SPRITE_PX / 2, y + SPRITE_PX / 2 + (up - down) / 2)
}

function drawLetter(context: CanvasRenderingContext2D, title: string, x: number, y: number): void {
  context.fillStyle = '#5b4680'
  context.beginPath()
  context.arc(x + SPRITE_PX / 2, y + SPRITE_PX / 2, SPRITE_PX * 0.4, 0, Math.PI * 2)
  context.fill()
  context.fillStyle = '#fff'
  drawText(context, title.slice(0, 1).toUpperCase(), `bold ${SPRITE_PX / 2}px sans-serif`, x, y)
}

function drawPicture(context: CanvasRenderingContext2D, address: string, x: number, y: number): void {
  const picture = new Image()
  picture.onload = () => {
    // A box of its own inside the sprite: a picture of any shape keeps it.
    const box = SPRITE_PX * 0.92
    const { naturalWidth: width, naturalHeight: height } = picture
    // An SVG without a size says 0: it fills the box.
    const scale = width > 0 && height > 0 ? box / Math.max(width, height) : 0
    const w = scale > 0 ? width * scale : box
    const h = scale > 0 ? height * scale : box
    context.clearRect(x, y, SPRITE_PX, SPRITE_PX)
    context.drawImage(picture, x + (SPRITE_PX - w) / 2, y + (SPRITE_PX - h) / 2, w, h)
  }
  picture.src = address
}
