import type { Sticker } from '../../../sdk/src/index.ts'
import { letterOf, pictureAt } from '../../stickers/picture.ts'
import { drawBars, type LineColours } from '../line.ts'
import type { RecapFacts } from './facts.ts'

/** An upright card, as phones share it. */
export const PICTURE = { width: 1080, height: 1350 } as const
/** Bars of the line, and the distance between them in device pixels. */
export const LINE = { count: 110, pitch: 8 } as const
const EDGE = 100
const FONT =
  'ui-rounded, "SF Pro Rounded", system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif'
const INK = '#fff8ea'
const MUTED = '#c9bfda'
/** Timeout for loading a picture. */
const IMAGE_MS = 4000

/** The sentences of a recap, in the show's language. */
export interface RecapWords {
  all: string
  /** Undefined of a viewer who only watched. */
  mine: string | undefined
  side: string | undefined
  moments: { words: string; sticker: Sticker }[]
}

/** Draws a recap as one picture to keep or share. @param server Base URL of relative pictures. */
export async function drawRecap(
  canvas: HTMLCanvasElement,
  { title, bars, favourite }: RecapFacts,
  {
    words,
    colours,
    accent,
    rtl,
    server,
  }: {
    words: RecapWords
    colours: LineColours
    accent: string
    rtl: boolean
    server: string
  },
): Promise<void> {
  Object.assign(canvas, PICTURE)
  const { width, height } = PICTURE
  const context = canvas.getContext('2d')!
  const icons = await Promise.all(
    [favourite, ...words.moments.map(({ sticker }) => sticker)].map(
      (sticker) => sticker && iconOf(sticker, server),
    ),
  )
  drawGround(context, accent)
  context.direction = rtl ? 'rtl' : 'ltr'
  context.textAlign = 'start'
  const [start, sign] = rtl ? [width - EDGE, -1] : [EDGE, 1]
  let y = 190
  for (const line of linesOf(context, title, { size: 68, width: width - 2 * EDGE, max: 2 })) {
    write(context, line, start, y, { size: 68, weight: 850 })
    y += 82
  }
  write(context, words.all, start, y + 30, { size: 44, weight: 500, colour: MUTED })
  context.save()
  context.translate(rtl ? width - EDGE : EDGE, y + 90)
  context.scale(sign, 1)
  drawBars(context, bars, { ...LINE, height: 230, colours })
  context.restore()
  y += 440
  const isOwn = words.mine !== undefined
  if (isOwn) write(context, words.mine!, start, y, { size: 64, weight: 850, colour: accent })
  if (icons[0]) drawIcon(context, icons[0], width - start - sign * 56, y - 24, 112)
  if (words.side !== undefined)
    write(context, words.side, start, isOwn ? y + 66 : y, { size: 44, weight: 500 })
  y += isOwn ? 180 : 114
  for (const [i, { words: moment }] of words.moments.entries()) {
    const icon = icons[i + 1]
    if (icon) drawIcon(context, icon, start + sign * 32, y + i * 96 - 14, 64)
    write(context, moment, start + sign * 92, y + i * 96, {
      size: 40,
      weight: 600,
      width: width - 2 * EDGE - 92,
    })
  }
  write(context, 'roar', start, height - 70, { size: 44, weight: 850, colour: MUTED })
}

function drawGround(context: CanvasRenderingContext2D, accent: string): void {
  const { width, height } = PICTURE
  context.fillStyle = '#0d0a17'
  context.fillRect(0, 0, width, height)
  const glow = context.createRadialGradient(width / 2, height * 1.1, 0, width / 2, height * 1.1, height)
  glow.addColorStop(0, `${accent}66`)
  glow.addColorStop(1, '#0d0a1700')
  context.fillStyle = glow
  context.fillRect(0, 0, width, height)
}

function write(
  context: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  { size, weight, colour = INK, width }: { size: number; weight: number; colour?: string; width?: number },
): void {
  context.font = `${weight} ${size}px ${FONT}`
  context.fillStyle = colour
  context.fillText(text, x, y, width)
}

/** Breaks a title into lines and truncates the last one if it is too long. */
function linesOf(
  context: CanvasRenderingContext2D,
  text: string,
  { size, width, max }: { size: number; width: number; max: number },
): string[] {
  context.font = `850 ${size}px ${FONT}`
  const lines = ['']
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`.trim()
    if (lines.at(-1) === '' || context.measureText(longer).width <= width) lines[lines.length - 1] = longer
    else if (lines.length < max) lines.push(word)
    else {
      lines[max - 1] += ' …'
      break
    }
  }
  return lines
}

type Icon = HTMLImageElement | string

/** A sticker's picture, or its emoji or letter if there is none or it fails to load. */
async function iconOf({ emoji, image, thumb = image, title }: Sticker, server: string): Promise<Icon> {
  const instead = emoji ?? letterOf(title)
  if (thumb === undefined) return instead
  const picture = new Image()
  // A picture from another origin without CORS would taint the canvas.
  picture.crossOrigin = 'anonymous'
  picture.src = pictureAt(thumb, server)
  const late = new Promise<never>((_, reject) => setTimeout(reject, IMAGE_MS))
  return Promise.race([picture.decode(), late]).then(
    () => picture,
    () => instead,
  )
}

/** @param x, y The centre. */
function drawIcon(context: CanvasRenderingContext2D, icon: Icon, x: number, y: number, size: number): void {
  if (typeof icon !== 'string') {
    context.drawImage(icon, x - size / 2, y - size / 2, size, size)
    return
  }
  context.save()
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  write(context, icon, x, y, { size: size * 0.84, weight: 700 })
  context.restore()
}
