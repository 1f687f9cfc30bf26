import { strToU8, zipSync } from 'fflate'
import sharp from 'sharp'

/** Test files of every type, generated, and what people send instead. */
export const svg = (inside: string, attributes = 'viewBox="0 0 10 10"'): Uint8Array<ArrayBuffer> =>
  bytes(
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ${attributes}>${inside}</svg>`,
  )

export const bytes = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(strToU8(text))

/** @param colour A uniform fill. */
export const png = async (colour = '#ff000088'): Promise<Uint8Array<ArrayBuffer>> =>
  own(
    await sharp({ create: { width: 400, height: 300, channels: 4, background: colour } })
      .png()
      .toBuffer(),
  )

/** An animation. */
export const moving = async (
  kind: 'gif' | 'webp',
  { frames = 5, edge = 64 } = {},
): Promise<Uint8Array<ArrayBuffer>> => {
  const pixels = new Uint8Array(edge * edge * 4 * frames).map((_, i) =>
    i % 4 === 3 ? 255 : Math.floor(i / (edge * edge * 4)) * 40,
  )
  const picture = sharp(pixels, {
    raw: { width: edge, height: edge * frames, channels: 4, pageHeight: edge },
  })
  const delay = Array.from({ length: frames }, () => 50)
  return own(await (kind === 'gif' ? picture.gif({ delay }) : picture.webp({ delay })).toBuffer())
}

export const avif = async (): Promise<Uint8Array<ArrayBuffer>> =>
  own(
    await sharp(await png())
      .avif()
      .toBuffer(),
  )

/** A square that rotates for a second. */
export const LOTTIE = {
  v: '5.5.2',
  fr: 10,
  ip: 0,
  op: 10,
  w: 100,
  h: 50,
  assets: [] as unknown[],
  layers: [
    {
      ind: 1,
      ty: 4,
      ks: {
        o: { a: 0, k: 100 },
        r: {
          a: 1,
          k: [
            { t: 0, s: [0], i: { x: [0.5], y: [0.5] }, o: { x: [0.5], y: [0.5] } },
            { t: 10, s: [80] },
          ],
        },
        p: { a: 0, k: [50, 25, 0] },
        a: { a: 0, k: [0, 0, 0] },
        s: { a: 0, k: [100, 100, 100] },
      },
      shapes: [
        {
          ty: 'gr',
          it: [
            { ty: 'rc', d: 1, s: { a: 0, k: [30, 30] }, p: { a: 0, k: [0, 0] }, r: { a: 0, k: 4 } },
            { ty: 'fl', c: { a: 0, k: [1, 0.5, 0, 1] }, o: { a: 0, k: 100 }, r: 1 },
            {
              ty: 'tr',
              p: { a: 0, k: [0, 0] },
              a: { a: 0, k: [0, 0] },
              s: { a: 0, k: [100, 100] },
              r: { a: 0, k: 0 },
              o: { a: 0, k: 100 },
            },
          ],
        },
      ],
      ip: 0,
      op: 10,
      st: 0,
    },
  ],
}
export const lottie = (changes: object = {}): Uint8Array<ArrayBuffer> =>
  bytes(JSON.stringify({ ...LOTTIE, ...changes }))

export const zip = (files: Record<string, Uint8Array>): Uint8Array<ArrayBuffer> => own(zipSync(files))

/** A picture whose header states another size. */
export async function claiming(width: number, height: number): Promise<Uint8Array<ArrayBuffer>> {
  const picture = await png()
  const view = new DataView(picture.buffer)
  view.setUint32(16, width)
  view.setUint32(20, height)
  // Fixes the checksum of the first chunk (PNG, section 5.3): otherwise it would be broken instead of a bomb.
  view.setUint32(29, Bun.hash.crc32(picture.subarray(12, 29)))
  return picture
}

/** Like it, for an AVIF: 60,000 pixels each way. */
export async function claimingAvif(): Promise<Uint8Array<ArrayBuffer>> {
  const picture = await avif()
  const view = new DataView(picture.buffer)
  const size = Buffer.from(picture).indexOf('ispe') + 8
  for (const at of [size, size + 4]) view.setUint32(at, 60_000)
  return picture
}

/** A GIF with this many frames of one pixel. */
export const manyFrames = (frames: number): Uint8Array<ArrayBuffer> =>
  joined(
    bytes('GIF89a'),
    Uint8Array.of(1, 0, 1, 0, 0x80, 0, 0, 255, 0, 0, 0, 0, 0),
    ...Array.from({ length: frames }, () => Uint8Array.of(0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0)),
    Uint8Array.of(0x3b),
  )

/** A PNG with an additional chunk after its header. */
export async function withChunk(type: string, data: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const picture = await png()
  const named = joined(bytes(type), data)
  const [length, sum] = [data.length, Bun.hash.crc32(named)].map((value) => {
    const word = new Uint8Array(4)
    new DataView(word.buffer).setUint32(0, value)
    return word
  })
  return joined(picture.subarray(0, 33), length!, named, sum!, picture.subarray(33))
}

export const joined = (...parts: Uint8Array[]): Uint8Array<ArrayBuffer> => own(Buffer.concat(parts))

const own = (given: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(given)
