import type { Sticker } from '../../sdk/src/index.ts'
import { letterOf, pictureAt } from '../stickers/picture.ts'
import { TILTS } from './flights.ts'

/** Edge of one sprite, device pixels: the largest that a sticker is drawn on a phone with a fine screen. */
const SPRITE_PX = 128
const TILT_RADIANS = 0.22
const EMOJI_FONT = '"Apple Color Emoji", "Segoe UI Emoji", "Noto Color Emoji", sans-serif'

/** Pictures of stickers that are kept, rasterised: those that were drawn last. More than a swarm has kinds, and 13 MB. */
const SPRITES_MAX = 64

/** A show's stickers, each rasterised once, when it is first drawn; drawing one after that is a copy of pixels. */
export interface Sprites {
  /** The sprite of a sticker, -1 for one that the show does not have. */
  indexOf(sticker: string): number
  /** Draws a sprite into a square whose middle is (x, y). */
  draw(
    context: CanvasRenderingContext2D,
    sprite: number,
    tilt: number,
    x: number,
    y: number,
    size: number,
  ): void
}

/**
 * The sprites of a show's stickers. Emoji are there at once, pictures as soon as they have loaded; until then, and where
 * they do not come, there is the emoji or the title's first letter in a disc, so that a tap is never invisible.
 * @param url Where relative pictures come from.
 */
export function spritesOf(stickers: readonly Sticker[], url: string): Sprites {
  const index = new Map(stickers.map(({ sticker }, i) => [sticker, i]))
  const strips: (Strip | undefined)[] = stickers.map(() => undefined)
  /** How many had been drawn when each was drawn last. */
  const drawnAt = new Float64Array(stickers.length)
  let drawn = 0

  /** The one that was drawn longest ago makes room. */
  function make(sprite: number): Strip {
    const kept = [...strips.keys()].filter((i) => strips[i] !== undefined)
    if (kept.length >= SPRITES_MAX)
      strips[kept.reduce((a, b) => (drawnAt[b]! < drawnAt[a]! ? b : a))] = undefined
    const strip = rasterised(stickers[sprite]!, url)
    strips[sprite] = strip
    return strip
  }

  return {
    indexOf: (sticker) => index.get(sticker) ?? -1,
    draw(target, sprite, tilt, x, y, size) {
      drawnAt[sprite] = ++drawn
      const { picture } = strips[sprite] ?? make(sprite)
      target.drawImage(
        picture,
        tilt * SPRITE_PX,
        0,
        SPRITE_PX,
        SPRITE_PX,
        x - size / 2,
        y - size / 2,
        size,
        size,
      )
    },
  }
}

/** One sticker in every tilt, side by side. */
interface Strip {
  picture: CanvasImageSource
}

function rasterised({ emoji, image, thumb = image, title }: Sticker, url: string): Strip {
  const canvas = canvasOf(TILTS * SPRITE_PX, SPRITE_PX)
  const context = canvas.getContext('2d')!
  const strip: Strip = { picture: canvas }
  const draw = async (drawing: Drawing) => {
    drawTilts(context, drawing)
    // Drawn from a canvas, each sticker would first ask it for a copy of itself.
    strip.picture = await createImageBitmap(canvas)
  }
  void draw(emoji === undefined ? letter(title) : text(emoji))
  if (thumb !== undefined) {
    const file = new Image()
    file.onload = () => void draw(fitted(file))
    file.src = pictureAt(thumb, url)
  }
  return strip
}

/** Draws the middle of a sprite's square at (0, 0). */
type Drawing = (context: CanvasRenderingContext2D) => void

function drawTilts(context: CanvasRenderingContext2D, drawing: Drawing): void {
  context.clearRect(0, 0, TILTS * SPRITE_PX, SPRITE_PX)
  for (let tilt = 0; tilt < TILTS; tilt++) {
    context.save()
    context.translate((tilt + 0.5) * SPRITE_PX, 0.5 * SPRITE_PX)
    context.rotate((tilt - (TILTS - 1) / 2) * TILT_RADIANS)
    drawing(context)
    context.restore()
  }
}

function text(characters: string, font = `${SPRITE_PX * 0.72}px ${EMOJI_FONT}`): Drawing {
  return (context) => {
    context.font = font
    context.textAlign = 'center'
    context.textBaseline = 'alphabetic'
    // Emoji sit differently on the line in every font, so their ink is centred, not their line.
    const { actualBoundingBoxAscent: up, actualBoundingBoxDescent: down } = context.measureText(characters)
    context.fillText(characters, 0, (up - down) / 2)
  }
}

function letter(title: string): Drawing {
  const write = text(letterOf(title), `bold ${SPRITE_PX / 2}px sans-serif`)
  return (context) => {
    context.fillStyle = '#5b4680'
    context.beginPath()
    context.arc(0, 0, SPRITE_PX * 0.4, 0, Math.PI * 2)
    context.fill()
    context.fillStyle = '#fff'
    write(context)
  }
}

/** A picture of any shape keeps it, in a box that has room to lean. An SVG without a size says 0 and fills the box. */
function fitted(picture: HTMLImageElement): Drawing {
  const box = SPRITE_PX * 0.84
  const longest = Math.max(picture.naturalWidth, picture.naturalHeight)
  const width = longest > 0 ? (picture.naturalWidth * box) / longest : box
  const height = longest > 0 ? (picture.naturalHeight * box) / longest : box
  return (context) => context.drawImage(picture, -width / 2, -height / 2, width, height)
}

function canvasOf(width: number, height: number): HTMLCanvasElement {
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  return canvas
}
