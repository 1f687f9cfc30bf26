import { DotLottie } from '@lottiefiles/dotlottie-web'
import wasm from '@lottiefiles/dotlottie-web/dotlottie-player.wasm' with { type: 'file' }
import { strFromU8, unzipSync } from 'fflate'
import * as v from 'valibot'
import { embeddedIn } from './embedded.ts'
import {
  EDGE_PX_MAX,
  FRAMES_MAX,
  LOTTIE_BYTES_MAX,
  LOTTIE_FILES_MAX,
  LOTTIE_FPS_MAX,
  LOTTIE_S_MAX,
} from './limits.ts'
import { Refusal } from './refusal.ts'

/** Pixels of every frame, red, green, blue and alpha in turn, frames one below the other. */
export interface Frames {
  pixels: Uint8Array
  width: number
  height: number
  frames: number
  delayMs: number
}

const NESTED_MAX = 64
const edge = v.pipe(
  v.number('is not a number'),
  v.minValue(1, 'is less than 1'),
  v.maxValue(EDGE_PX_MAX, 'is too large'),
)
const Lottie = v.looseObject({
  fr: v.pipe(
    v.number('is not a number'),
    v.minValue(1, 'is less than 1'),
    v.maxValue(240, 'is more than 240'),
  ),
  ip: v.pipe(v.number('is not a number'), v.finite('is not finite')),
  op: v.pipe(v.number('is not a number'), v.finite('is not finite')),
  w: edge,
  h: edge,
  layers: v.pipe(
    v.array(v.looseObject({}), 'is not a list'),
    v.nonEmpty('is empty'),
    v.maxLength(512, 'is longer than 512'),
  ),
  assets: v.optional(v.array(v.looseObject({}), 'is not a list'), []),
})
type Lottie = v.InferOutput<typeof Lottie>

/** Paths of animations and their pictures in a .lottie, in version 1 and version 2. */
const ANIMATION = /^(?:animations|a)\/[^/]+\.json$/
const PICTURE = /^(?:images|i)\/([^/]+\.(png|jpe?g|webp|gif))$/i

/**
 * The only animation of a .lottie, which is a zip, with its pictures embedded.
 * @throws Refusal for any other zip, and if the unpacked contents exceed the limits
 */
export function unpackLottie(zip: Uint8Array): ReadLottie {
  const files = Object.entries(filesIn(zip))
  const [first, ...others] = files.filter(([name]) => ANIMATION.test(name))
  if (first === undefined) throw new Refusal('the zip holds no Lottie')
  if (others.length > 0) throw new Refusal('the .lottie holds several animations')
  const pictures = new Map(
    files.flatMap(([name, bytes]) => {
      const [, file, kind] = PICTURE.exec(name) ?? []
      return file === undefined
        ? []
        : [[file, `data:image/${kind!.toLowerCase().replace('jpg', 'jpeg')};base64,${bytes.toBase64()}`]]
    }) as [string, string][],
  )
  const read = readLottie(first[1])
  return pictures.size === 0 ? read : withPictures(read, pictures)
}

function filesIn(zip: Uint8Array): Record<string, Uint8Array> {
  let [files, bytes] = [0, 0]
  try {
    return unzipSync(zip, {
      filter({ name, originalSize }) {
        if (++files > LOTTIE_FILES_MAX) throw new Refusal(`the zip has more than ${LOTTIE_FILES_MAX} files`)
        if (!ANIMATION.test(name) && !PICTURE.test(name)) return false
        bytes += originalSize
        if (bytes > LOTTIE_BYTES_MAX) throw new Refusal(`${name.slice(0, 100)} of the zip is too large`)
        return true
      },
    })
  } catch (cause) {
    if (cause instanceof Refusal) throw cause
    throw new Refusal('the zip cannot be unpacked')
  }
}

/** Replaces pictures' file names by the pictures themselves. */
function withPictures({ lottie }: ReadLottie, pictures: ReadonlyMap<string, string>): ReadLottie {
  const assets = lottie.assets.map((asset) => {
    const picture = typeof asset.p === 'string' ? pictures.get(asset.p) : undefined
    return picture === undefined ? asset : { ...asset, u: '', p: picture, e: 1 }
  })
  const complete = { ...lottie, assets }
  return { lottie: complete, text: JSON.stringify(complete) }
}

/** A parsed Lottie, and its JSON. */
interface ReadLottie {
  lottie: Lottie
  text: string
}

/** A Lottie that can be rendered. */
interface CheckedLottie extends ReadLottie {
  /** Its embedded pictures, whose size is still unchecked. */
  pictures: Uint8Array[]
}

/**
 * Renders a Lottie, so that screens need no player and run nothing of it.
 * @param sizePx The longer edge of the result.
 * @throws Refusal if it cannot be rendered
 */
export async function drawLottie({ lottie, text }: CheckedLottie, sizePx: number): Promise<Frames> {
  const seconds = (lottie.op - lottie.ip) / lottie.fr
  const fps = Math.min(lottie.fr, LOTTIE_FPS_MAX, FRAMES_MAX / seconds)
  const frames = Math.max(1, Math.min(FRAMES_MAX, Math.floor(seconds * fps)))
  const scale = sizePx / Math.max(lottie.w, lottie.h)
  const [width, height] = [lottie.w, lottie.h].map((px) => Math.max(1, Math.round(px * scale))) as [
    number,
    number,
  ]
  const player = await playerOf(text, width, height)
  const pixels = new Uint8Array(frames * width * height * 4)
  for (let i = 0; i < frames; i++) {
    player.setFrame((i * lottie.fr) / fps)
    pixels.set(player.buffer!, i * width * height * 4)
  }
  return { pixels, width, height, frames, delayMs: Math.round(1000 / fps) }
}

/** @throws Refusal for one that has expressions, needs anything external, or is too long */
export function checkLottie({ lottie, text }: ReadLottie): CheckedLottie {
  const seconds = (lottie.op - lottie.ip) / lottie.fr
  if (!(seconds > 0)) throw new Refusal('the Lottie ends before it begins')
  if (seconds > LOTTIE_S_MAX) throw new Refusal(`the Lottie is longer than ${LOTTIE_S_MAX} s`)
  const pictures: Uint8Array[] = []
  checkInside(lottie, pictures, 0)
  return { lottie, text, pictures }
}

/** @throws Refusal for a file that is no Lottie */
export function readLottie(json: Uint8Array): ReadLottie {
  const text = strFromU8(json)
  let given: unknown
  try {
    given = JSON.parse(text)
  } catch {
    throw new Refusal('the Lottie is not JSON')
  }
  const result = v.safeParse(Lottie, given, { abortEarly: true })
  if (!result.success) {
    const [issue] = result.issues
    throw new Refusal(`this is no Lottie: ${v.getDotPath(issue) ?? 'it'} ${issue.message}`)
  }
  return { lottie: result.output, text }
}

/** Expressions are programs; external files, fonts and pictures would be missing. */
function checkInside(value: unknown, pictures: Uint8Array[], depth: number): void {
  if (typeof value !== 'object' || value === null) return
  if (depth > NESTED_MAX) throw new Refusal('the Lottie is nested too deep')
  if (!Array.isArray(value)) {
    const { x, p, u, id, fPath } = value as Record<string, unknown>
    if (typeof x === 'string') throw new Refusal('the Lottie has expressions')
    // A picture is an asset with an id and a path.
    const isPicture = typeof id === 'string' && typeof p === 'string'
    const inside = isPicture ? embeddedIn(p) : undefined
    if ((isPicture && inside === undefined) || isElsewhere(u) || isElsewhere(fPath))
      throw new Refusal('the Lottie needs a file that is not in it')
    if (inside !== undefined) pictures.push(inside)
  }
  for (const inner of Object.values(value)) checkInside(inner, pictures, depth + 1)
}

const isElsewhere = (path: unknown): boolean => typeof path === 'string' && path !== ''

async function playerOf(data: string, width: number, height: number): Promise<DotLottie> {
  // Local: by default the player fetches it from the network.
  DotLottie.setWasmUrl(`data:application/wasm;base64,${(await Bun.file(wasm).bytes()).toBase64()}`)
  const canvas = { width, height } as unknown as OffscreenCanvas
  const player = new DotLottie({ canvas, data, autoplay: false, useFrameInterpolation: false })
  await new Promise<void>((resolve, reject) => {
    player.addEventListener('load', () => resolve())
    player.addEventListener('loadError', () => reject(new Refusal('the Lottie cannot be drawn')))
  })
  return player
}
