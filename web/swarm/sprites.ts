import type { Sticker } from '../../sdk/src/index.ts'
import { letterOf, pictureAt } from '../stickers/picture.ts'
import { SPRITE_PX, TILTS } from './flights.ts'

const TILT_RADIANS = 0.22
const EMOJI_FONT = '"Apple Color Emoji", "Segoe UI Emoji", "Noto Color Emoji", sans-serif'

/** Pictures of stickers that are kept, rasterised: those that were used last. More than a swarm has kinds, and 13 MB. */
const SPRITES_MAX = 64

export interface SpritesOptions {
  stickers: readonly Sticker[]
  /** Where relative pictures come from. */
  url: string
  /** A sticker's picture in every tilt, side by side; undefined: it is kept no longer. */
  onPicture(sprite: number, picture: ImageBitmap | undefined): void
}

/**
 * The sprites of a show's stickers, each rasterised once, when it is first used. Emoji are there at once, pictures as soon as
 * they have loaded; until then, and where they do not come, there is the emoji or the title's first letter in a disc, so that a
 * tap is never invisible.
 */
export class Sprites {
  readonly #options: SpritesOptions
  readonly #index: Map<string, number>
  /** The one that was used longest ago first. */
  readonly #used = new Set<number>()

  constructor(options: SpritesOptions) {
    this.#options = options
    this.#index = new Map(options.stickers.map(({ sticker }, i) => [sticker, i]))
  }

  /** The sprite of a sticker, -1 for one that the show does not have. Its picture is there, or on its way. */
  use(sticker: string): number {
    const sprite = this.#index.get(sticker) ?? -1
    if (sprite < 0) return sprite
    const isNew = !this.#used.delete(sprite)
    this.#used.add(sprite)
    if (isNew) this.#rasterise(sprite)
    for (const oldest of this.#used) {
      if (this.#used.size <= SPRITES_MAX) break
      this.#used.delete(oldest)
      this.#options.onPicture(oldest, undefined)
    }
    return sprite
  }

  #rasterise(sprite: number): void {
    const { stickers, url, onPicture } = this.#options
    const { emoji, image, thumb = image, title } = stickers[sprite]!
    const draw = async (drawing: Drawing) => {
      const picture = await tiltsOf(drawing)
      if (this.#used.has(sprite)) onPicture(sprite, picture)
      else picture.close()
    }
    const instead = draw(emoji === undefined ? letter(title) : text(emoji))
    if (thumb === undefined) return
    const file = new Image()
    file.onload = () => void instead.then(() => draw(fitted(file)))
    file.src = pictureAt(thumb, url)
  }
}

/** Draws the middle of a sprite's square at (0, 0). */
type Drawing = (context: CanvasRenderingContext2D) => void

async function tiltsOf(drawing: Drawing): Promise<ImageBitmap> {
  const canvas = document.createElement('canvas')
  canvas.width = TILTS * SPRITE_PX
  canvas.height = SPRITE_PX
  const context = canvas.getContext('2d')!
  for (let tilt = 0; tilt < TILTS; tilt++) {
    context.save()
    context.translate((tilt + 0.5) * SPRITE_PX, 0.5 * SPRITE_PX)
    context.rotate((tilt - (TILTS - 1) / 2) * TILT_RADIANS)
    drawing(context)
    context.restore()
  }
  return createImageBitmap(canvas)
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
