import type { default as Sharp, SharpOptions, Sharp as SharpPicture } from 'sharp'
import { kindOf, type PictureKind } from '../kind.ts'
import { EDGE_PX_MAX, FRAMES_MAX, PICTURE_BYTES_MAX, PICTURE_PX, PIXELS_MAX, THUMB_PX } from './limits.ts'
import { Refusal } from './refusal.ts'
import { checkSvg } from './svg.ts'

/** The stored versions of a picture, both WebP. */
export interface Converted {
  /** At most `PICTURE_PX` on its longer edge; animated if the original is. */
  image: Uint8Array
  /** At most `THUMB_PX`, a single frame. */
  thumb: Uint8Array
}

/** The only loaders of libvips that are enabled. */
const LOADERS = ['PngBuffer', 'WebpBuffer', 'HeifBuffer', 'NsgifBuffer', 'SvgBuffer', 'JpegBuffer']

/**
 * Makes a sticker's pictures from a file. Every pixel is re-encoded, so nothing else of the file survives: no script, no
 * metadata, no appended file. Size and frames are checked before anything is decoded.
 * @throws Refusal for a file of an unknown type, a broken one, or one beyond the limits
 */
export async function convert(sharp: typeof Sharp, bytes: Uint8Array): Promise<Converted> {
  sharp.block({ operation: ['VipsForeignLoad'] })
  sharp.unblock({ operation: LOADERS.map((loader) => `VipsForeignLoad${loader}`) })
  sharp.cache(false)
  sharp.concurrency(1)
  const source = await sourceOf(sharp, bytes)
  const image = await imageOf(source)
  if (!(await showsSomething(sharp, image)))
    throw new Refusal('nothing of it can be seen: all of it is transparent')
  return { image, thumb: await thumbOf(sharp, source) }
}

/** An animation that fades in starts empty: then the button shows the middle frame. */
async function thumbOf(sharp: typeof Sharp, source: Source): Promise<Uint8Array> {
  const first = await source.frame(0, THUMB_PX).toBuffer()
  if (source.frames === 1 || (await showsSomething(sharp, first))) return first
  return source.frame(Math.floor(source.frames / 2), THUMB_PX).toBuffer()
}

async function showsSomething(sharp: typeof Sharp, picture: Uint8Array): Promise<boolean> {
  const { channels } = await sharp(picture, { animated: true }).stats()
  const alpha = channels[3]
  return alpha === undefined || alpha.max > 0
}

/** A checked picture. */
interface Source {
  /** All frames, or the only one, scaled into a box of this size. */
  all(px: number): Encoded
  frame(at: number, px: number): Encoded
  frames: number
}
type Encoded = { toBuffer(): Promise<Uint8Array> }

async function sourceOf(sharp: typeof Sharp, bytes: Uint8Array): Promise<Source> {
  const kind = kindOf(bytes)
  if (kind === 'json' || kind === 'zip') return lottieSource(sharp, bytes, kind)
  if (kind === undefined)
    throw new Refusal('it is none of PNG, WebP, AVIF, GIF, SVG and Lottie, whatever it is called')
  if (kind === 'svg') return svgSource(sharp, bytes)
  const { pages } = await checkSize(sharp, bytes, kind)
  return sharpSource(sharp, bytes, { frames: pages })
}

/** Its number of frames, and its pixels over all of them. @throws Refusal before a pixel is decoded */
async function checkSize(
  sharp: typeof Sharp,
  bytes: Uint8Array,
  kind: PictureKind | 'inside',
): Promise<{ pages: number; pixels: number }> {
  const name = kind === 'inside' ? 'a picture inside of it' : `the ${kind.toUpperCase()}`
  const {
    width,
    height,
    pageHeight = height,
    pages = 1,
  } = await metadataOf(sharp, bytes).catch(() => {
    throw new Refusal(`${name} is broken`)
  })
  if (Math.max(width, pageHeight) > EDGE_PX_MAX)
    throw new Refusal(`${name} is ${width} x ${pageHeight} pixels, and more than ${EDGE_PX_MAX} on one edge`)
  if (pages > FRAMES_MAX) throw new Refusal(`${name} has ${pages} frames, more than ${FRAMES_MAX}`)
  const pixels = width * pageHeight * pages
  if (pixels > PIXELS_MAX)
    throw new Refusal(`${name} has ${width} x ${pageHeight} x ${pages} pixels, more than ${PIXELS_MAX}`)
  return { pages, pixels }
}

/** The library throws at once for empty input. */
const metadataOf = async (sharp: typeof Sharp, bytes: Uint8Array, options: SharpOptions = {}) =>
  sharp(bytes, { animated: true, limitInputPixels: false, ...options }).metadata()

/** @throws Refusal if the pictures embedded in another exceed the limits, each or together */
async function checkInside(sharp: typeof Sharp, pictures: readonly Uint8Array[]): Promise<void> {
  let all = 0
  if (pictures.length > FRAMES_MAX) throw new Refusal(`more than ${FRAMES_MAX} pictures are inside of it`)
  for (const picture of pictures) {
    all += (await checkSize(sharp, picture, 'inside')).pixels
    if (all > PIXELS_MAX) throw new Refusal(`the pictures inside of it have more than ${PIXELS_MAX} pixels`)
  }
}

function sharpSource(
  sharp: typeof Sharp,
  bytes: Uint8Array,
  { frames, ...options }: SharpOptions & { frames: number },
): Source {
  const open = (which: SharpOptions) =>
    sharp(bytes, { failOn: 'error', limitInputPixels: PIXELS_MAX, ...options, ...which })
  // Applies a camera's orientation. The library does not rotate animations.
  const upright = (picture: SharpPicture) => (frames === 1 ? picture.autoOrient() : picture)
  return {
    frames,
    all: (px) => encoded(upright(open({ animated: true })), px),
    frame: (page, px) => encoded(upright(open({ page })), px),
  }
}

function encoded(picture: SharpPicture, px: number): Encoded {
  const webp = picture
    .resize({ width: px, height: px, fit: 'inside', withoutEnlargement: true })
    .webp({ quality: 82, alphaQuality: 90, effort: 4, loop: 0 })
  return {
    // The library's own messages are for its developers.
    toBuffer: () =>
      webp.toBuffer().catch(() => {
        throw new Refusal('it cannot be decoded: it is broken, or takes more pixels than a sticker may')
      }),
  }
}

/** DPI that an SVG has by default; below one it is not rendered at all. */
const SVG_DENSITY = 72

const isBeyond = ({ width, height }: { width: number; height: number }): boolean =>
  Math.max(width, height) > EDGE_PX_MAX || width * height > PIXELS_MAX

/** Rendered once, at the size at which it is shown. */
async function svgSource(sharp: typeof Sharp, bytes: Uint8Array): Promise<Source> {
  await checkInside(sharp, checkSvg(bytes))
  // At the smallest density its size is still reported; for a larger one the library says 1.
  const least = await metadataOf(sharp, bytes, { density: 1 }).catch(() => undefined)
  if (least !== undefined && isBeyond(least))
    throw new Refusal(
      `the SVG is about ${least.width * SVG_DENSITY} x ${least.height * SVG_DENSITY}, too large to be drawn as small as a sticker`,
    )
  const { width, height } = await metadataOf(sharp, bytes).catch(() => {
    throw new Refusal('the SVG is broken, or has no size')
  })
  const [shorter, longer] = [Math.min(width, height), Math.max(width, height)]
  if (longer > shorter * PICTURE_PX) throw new Refusal('the SVG is so thin that nothing of it is left')
  const density = Math.min(100_000, Math.max(1, (SVG_DENSITY * PICTURE_PX) / longer))
  return sharpSource(sharp, bytes, { density, frames: 1 })
}

async function lottieSource(sharp: typeof Sharp, bytes: Uint8Array, kind: 'json' | 'zip'): Promise<Source> {
  const { checkLottie, drawLottie, readLottie, unpackLottie } = await import('./lottie.ts')
  const lottie = checkLottie(kind === 'zip' ? unpackLottie(bytes) : readLottie(bytes))
  await checkInside(sharp, lottie.pictures)
  const { pixels, width, height, frames, delayMs } = await drawLottie(lottie, PICTURE_PX)
  const frameBytes = width * height * 4
  const open = (at: number, count: number) =>
    sharp(pixels.subarray(at * frameBytes, (at + count) * frameBytes), {
      animated: count > 1,
      raw: { width, height: height * count, channels: 4, pageHeight: height },
    })
  return {
    frames,
    all: (px) =>
      encoded(frames > 1 ? open(0, frames).webp({ delay: Array(frames).fill(delayMs) }) : open(0, 1), px),
    frame: (at, px) => encoded(open(at, 1), px),
  }
}

/** The largest version within the byte limit. @throws Refusal if it moves so much that no size is small enough */
async function imageOf(source: Source): Promise<Uint8Array> {
  for (const px of [PICTURE_PX, PICTURE_PX / 2, PICTURE_PX / 4]) {
    const image = await source.all(px).toBuffer()
    if (image.byteLength <= PICTURE_BYTES_MAX) return image
  }
  throw new Refusal(
    `it moves too much: it has over ${PICTURE_BYTES_MAX} bytes even as ${PICTURE_PX / 4} pixels`,
  )
}
