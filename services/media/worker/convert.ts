import type { default as Sharp, SharpOptions, Sharp as SharpPicture } from 'sharp'
import { kindOf, type PictureKind } from '../kind.ts'
import { EDGE_PX_MAX, FRAMES_MAX, PICTURE_BYTES_MAX, PICTURE_PX, PIXELS_MAX, THUMB_PX } from './limits.ts'
import { Refusal } from './refusal.ts'
import { checkSvg } from './svg.ts'

/** What is kept of a picture, both WebP. */
export interface Converted {
  /** At most `PICTURE_PX` on its longer edge; moves where what was sent did. */
  image: Uint8Array
  /** At most `THUMB_PX`, the first frame alone. */
  thumb: Uint8Array
}

/** What libvips may read, of all that it can. */
const LOADERS = ['PngBuffer', 'WebpBuffer', 'HeifBuffer', 'NsgifBuffer', 'SvgBuffer', 'JpegBuffer']

/**
 * Makes a sticker's pictures of a file. Every pixel of them is drawn anew, so nothing else of the file is in them: no script,
 * no metadata, no second file behind it. Size and frames are looked at before anything is decoded.
 * @throws Refusal for a file that is none of the kinds, is broken, or is beyond the bounds
 */
export async function convert(sharp: typeof Sharp, bytes: Uint8Array): Promise<Converted> {
  sharp.block({ operation: ['VipsForeignLoad'] })
  sharp.unblock({ operation: LOADERS.map((loader) => `VipsForeignLoad${loader}`) })
  sharp.cache(false)
  sharp.concurrency(1)
  const source = await sourceOf(sharp, bytes)
  const [image, thumb] = [await imageOf(source), await source.first(THUMB_PX).toBuffer()]
  return { image, thumb }
}

/** A picture that was looked at. */
interface Source {
  /** All frames, or the one that there is, in a box of this size. */
  all(px: number): Encoded
  first(px: number): Encoded
}
type Encoded = { toBuffer(): Promise<Uint8Array> }

async function sourceOf(sharp: typeof Sharp, bytes: Uint8Array): Promise<Source> {
  const kind = kindOf(bytes)
  if (kind === 'json' || kind === 'zip') return lottieSource(sharp, bytes, kind)
  if (kind === undefined)
    throw new Refusal('it is none of PNG, WebP, AVIF, GIF, SVG and Lottie, whatever it is called')
  if (kind === 'svg') return svgSource(sharp, bytes)
  await checkSize(sharp, bytes, kind)
  return sharpSource(sharp, bytes, {})
}

/** @throws Refusal before a pixel is decoded */
async function checkSize(
  sharp: typeof Sharp,
  bytes: Uint8Array,
  kind: PictureKind | 'inside',
): Promise<void> {
  const name = kind === 'inside' ? 'a picture inside of the SVG' : `the ${kind.toUpperCase()}`
  const {
    width,
    height,
    pageHeight = height,
    pages = 1,
  } = await sharp(bytes, { animated: true, limitInputPixels: false })
    .metadata()
    .catch(() => {
      throw new Refusal(`${name} is broken`)
    })
  if (Math.max(width, pageHeight) > EDGE_PX_MAX)
    throw new Refusal(`${name} is ${width} x ${pageHeight} pixels, and more than ${EDGE_PX_MAX} on one edge`)
  if (pages > FRAMES_MAX) throw new Refusal(`${name} has ${pages} frames, more than ${FRAMES_MAX}`)
  if (width * pageHeight * pages > PIXELS_MAX)
    throw new Refusal(`${name} has ${width} x ${pageHeight} x ${pages} pixels, more than ${PIXELS_MAX}`)
}

function sharpSource(sharp: typeof Sharp, bytes: Uint8Array, options: SharpOptions): Source {
  const open = (animated: boolean) =>
    sharp(bytes, { failOn: 'error', limitInputPixels: PIXELS_MAX, ...options, animated })
  return {
    all: (px) => encoded(open(true), px),
    first: (px) => encoded(open(false), px),
  }
}

function encoded(picture: SharpPicture, px: number): Encoded {
  const webp = picture
    .resize({ width: px, height: px, fit: 'inside', withoutEnlargement: true })
    .webp({ quality: 82, alphaQuality: 90, effort: 4, loop: 0 })
  return {
    toBuffer: () =>
      webp.toBuffer().catch((cause: Error) => {
        throw new Refusal(`it cannot be decoded: ${cause.message.split('\n')[0]!.slice(0, 100)}`)
      }),
  }
}

/** Drawn once, as large as it is shown. */
async function svgSource(sharp: typeof Sharp, bytes: Uint8Array): Promise<Source> {
  for (const inside of checkSvg(bytes)) await checkSize(sharp, inside, 'inside')
  const { width, height } = await sharp(bytes, { limitInputPixels: false })
    .metadata()
    .catch(() => {
      throw new Refusal('the SVG is broken, or has no size')
    })
  // Points an inch, of which an SVG has 72 where it says nothing.
  const density = Math.min(100_000, Math.max(1, (72 * PICTURE_PX) / Math.max(width, height)))
  return sharpSource(sharp, bytes, { density })
}

async function lottieSource(sharp: typeof Sharp, bytes: Uint8Array, kind: 'json' | 'zip'): Promise<Source> {
  const { drawLottie, unpacked } = await import('./lottie.ts')
  const { pixels, width, height, frames, delayMs } = await drawLottie(
    kind === 'zip' ? unpacked(bytes) : bytes,
    PICTURE_PX,
  )
  const open = (count: number) =>
    sharp(pixels.subarray(0, count * width * height * 4), {
      animated: count > 1,
      raw: { width, height: height * count, channels: 4, pageHeight: height },
    })
  return {
    all: (px) =>
      encoded(frames > 1 ? open(frames).webp({ delay: Array(frames).fill(delayMs) }) : open(1), px),
    first: (px) => encoded(open(1), px),
  }
}

/** As large as it may be in bytes. @throws Refusal where it moves so much that no size is small enough */
async function imageOf(source: Source): Promise<Uint8Array> {
  for (const px of [PICTURE_PX, PICTURE_PX / 2, PICTURE_PX / 4]) {
    const image = await source.all(px).toBuffer()
    if (image.byteLength <= PICTURE_BYTES_MAX) return image
  }
  throw new Refusal(
    `it moves too much: it has over ${PICTURE_BYTES_MAX} bytes even as ${PICTURE_PX / 4} pixels`,
  )
}
