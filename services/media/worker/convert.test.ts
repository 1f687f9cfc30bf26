import { expect, test } from 'bun:test'
import { deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { convert } from './convert.ts'
import { PICTURE_PX, THUMB_PX } from './limits.ts'
import {
  avif,
  bytes,
  claiming,
  claimingAvif,
  joined,
  LOTTIE,
  lottie,
  manyFrames,
  moving,
  png,
  svg,
  withChunk,
  zip,
} from './pictures-fixture.ts'
import { Refusal } from './refusal.ts'

const base64 = (given: Uint8Array) => Buffer.from(given).toString('base64')

async function made(file: Uint8Array) {
  const { image, thumb } = await convert(sharp, file)
  const [large, small] = [
    await sharp(image, { animated: true }).metadata(),
    await sharp(thumb, { animated: true }).metadata(),
  ]
  return { image, thumb, large, small }
}

test.each([
  ['a PNG', png, 1],
  ['a GIF that moves', () => moving('gif'), 5],
  ['a WebP that moves', () => moving('webp'), 5],
  ['an AVIF', avif, 1],
  ['an SVG', () => svg('<circle cx="5" cy="5" r="4" fill="red"/>'), 1],
  [
    'an SVG after a declaration, a comment and a document type',
    () =>
      joined(
        bytes(
          '\uFEFF<?xml version="1.0"?>\n<!-- by hand -->\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">\n',
        ),
        svg('<path d="M0 0h9v9z"/>'),
      ),
    1,
  ],
  ['a Lottie', () => lottie(), 10],
  ['a .lottie', () => zip({ 'manifest.json': bytes('{}'), 'animations/a.json': lottie() }), 10],
] as const)(
  '%s becomes WebP of two sizes, moving as it does, the small one still',
  async (_, file, frames) => {
    const { large, small } = await made(await file())
    expect([large.format, large.pages ?? 1]).toEqual(['webp', frames])
    expect([small.format, small.pages ?? 1]).toEqual(['webp', 1])
    expect(Math.max(large.width, large.pageHeight ?? large.height)).toBeLessThanOrEqual(PICTURE_PX)
    expect(Math.max(small.width, small.height)).toBeLessThanOrEqual(THUMB_PX)
  },
)

/** What is used is empty: to draw it half a million times would take seconds. */
const MANY = svg(
  `<g id="a0"/>${Array.from({ length: 9 }, (_, i) => `<g id="a${i + 1}">${`<use href="#a${i}"/>`.repeat(50)}</g>`).join('')}`,
)
const withExpression = structuredClone(LOTTIE) as { layers: { ks: { o: object } }[] }
withExpression.layers[0]!.ks.o = { a: 0, k: 100, x: 'var $bm_rt = time' }
const asset = (changes: object) => lottie({ assets: [{ id: 'i', w: 1, h: 1, ...changes }] })
/** Shows one picture and nothing else. */
const showing = (picture: { u?: string; p: string; e?: number }) => {
  const layer = { ...LOTTIE.layers[0]!, ty: 2, refId: 'i', shapes: undefined }
  return lottie({ assets: [{ id: 'i', w: 100, h: 50, u: '', e: 1, ...picture }], layers: [layer] })
}
const inBase64 = async (file: Uint8Array | Promise<Uint8Array>, kind = 'png') =>
  `data:image/${kind};base64,${base64(await file)}`

test.each([
  ['nothing', () => new Uint8Array(), 'none of PNG'],
  ['a page', () => bytes('<!doctype html><svg></svg>'), 'none of PNG'],
  [
    'a JPEG',
    async () =>
      sharp(await png())
        .jpeg()
        .toBuffer(),
    'none of PNG',
  ],
  ['an MP4', () => bytes('\0\0\0\x18ftypmp42\0\0\0\0mp42isom'), 'none of PNG'],
  ['half a PNG', async () => (await png()).subarray(0, 400), 'cannot be decoded'],
  ['a PNG’s beginning', () => bytes('\x89PNG\r\n\x1a\n'), 'none of PNG'],
  ['a PNG that says to be huge', () => claiming(60_000, 60_000), '60000 x 60000'],
  ['a PNG of too many pixels', () => claiming(8_000, 8_000), '8000 x 8000'],
  ['a GIF of many frames', () => moving('gif', { frames: 200, edge: 2 }), '200 frames'],
  ['a GIF of a hundred thousand frames', () => manyFrames(100_000), '100000 frames'],
  ['a script that begins as a GIF', () => joined(bytes('GIF89a=1;alert(1)//'), manyFrames(1)), 'is broken'],
  ['an AVIF that says to be huge', claimingAvif, '60000 x 60000'],
  [
    'an SVG that uses another',
    () => svg('<use href="data:image/svg+xml,%3Csvg/%3E#a"/>'),
    'which is not in it',
  ],
  ['an SVG that needs a file', () => svg('<image href="file:///etc/passwd"/>'), 'which is not in it'],
  [
    'an SVG that needs a page',
    () => svg('<use xlink:href="https://a.example/b.svg#c"/>'),
    'which is not in it',
  ],
  ['an SVG within one', () => svg('<image href="data:image/svg+xml;base64,AAAA"/>'), 'which is not in it'],
  ['an SVG with an import', () => svg('<style>@import url(//a.example)</style>'), 'imports a style'],
  ['an SVG with a font', () => svg('<style>@font-face{src:url(//a.example)}</style>'), 'which is not in it'],
  [
    'an SVG whose texts look like comments around a fill',
    () => svg(`<rect style='a:"/*";fill:url(//a.example);b:"*/"'/>`),
    'which is not in it',
  ],
  ['an SVG with a fill from elsewhere', () => svg('<rect fill="url(//a.example#b)"/>'), 'which is not in it'],
  [
    'an SVG with entities',
    () => joined(bytes('<!DOCTYPE svg [<!ENTITY a "aaaa">]>'), svg('<text>&a;</text>')),
    'entities',
  ],
  ['an SVG that is no XML', () => svg('<g>'), 'no XML'],
  ['an SVG in another encoding', () => joined(svg(''), new Uint8Array([0xff])), 'not UTF-8'],
  [
    'an SVG that is nested deep',
    () => svg(`${'<g>'.repeat(50_000)}${'</g>'.repeat(50_000)}`),
    'nested too deep',
  ],
  ['an SVG that uses itself again and again', () => MANY, 'cannot be decoded'],
  [
    'an SVG with a bomb inside',
    async () => svg(`<image href="data:image/png;base64,${base64(await claiming(60_000, 9))}"/>`),
    'inside of it',
  ],
  ['an SVG with an empty picture inside', () => svg('<image href="data:image/png;base64,"/>'), 'is broken'],
  [
    'an SVG of many pictures',
    async () => svg(`<image href="${await inBase64(claiming(4_000, 5_000))}"/>`.repeat(3)),
    'the pictures inside of it',
  ],
  [
    'an SVG with a style sheet from elsewhere',
    () => joined(bytes('<?xml-stylesheet href="https://a.example/b.css"?>'), svg('<g/>')),
    'a style that is not in it',
  ],
  ['an SVG with an import in numbers', () => svg('<style>@\\69mport "a"</style>'), 'imports a style'],
  ['an SVG with a fill in numbers', () => svg('<rect fill="u\\72 l(//a.example#b)"/>'), 'which is not in it'],
  [
    'an SVG with a comment in an address',
    () => svg('<rect fill="url(/**//a.example)"/>'),
    'which is not in it',
  ],
  ...(
    [
      'width="1e6" height="1e6"',
      'width="1e9" height="1e9"',
      'width="1e9mm" height="1e9mm"',
      'viewBox="0 0 1e9 1e9"',
    ] as const
  ).map(
    (size) =>
      [`an SVG of ${size}`, () => svg('<path d="M0 0h9v9z"/>', size), 'too large to be drawn'] as const,
  ),
  [
    'an SVG whose edges are small enough and its face is not',
    () => svg('<path d="M0 0h9v9z"/>', 'width="580000" height="580000"'),
    'too large to be drawn',
  ],
  ['an SVG of a hair', () => svg('<path d="M0 0h9v9z"/>', 'viewBox="0 0 9999 1"'), 'so thin'],
  ['an SVG of nothing', () => svg(''), 'nothing of it can be seen'],
  [
    'an SVG of a page',
    () =>
      svg(
        '<foreignObject width="9" height="9"><p xmlns="http://www.w3.org/1999/xhtml">a</p></foreignObject>',
      ),
    'nothing of it can be seen',
  ],
  ['a transparent PNG', () => png('#ff000000'), 'nothing of it can be seen'],
  [
    'a Lottie with a bomb inside',
    async () => showing({ p: await inBase64(claiming(9_000, 9)) }),
    'inside of it',
  ],
  [
    'a Lottie with an SVG inside',
    async () => showing({ p: await inBase64(svg('<image href="//a.example"/>'), 'svg+xml') }),
    'not in it',
  ],
  [
    'a .lottie whose picture is missing',
    () => zip({ 'a/1.json': showing({ u: '/i/', p: 'b.png', e: 0 }) }),
    'not in it',
  ],
  ['a Lottie with an expression', () => bytes(JSON.stringify(withExpression)), 'expressions'],
  ['a Lottie that needs a picture', () => asset({ u: 'images/', p: 'a.png', e: 0 }), 'not in it'],
  ['a Lottie that needs a page', () => asset({ u: '', p: 'https://a.example/b.png', e: 1 }), 'not in it'],
  [
    'a Lottie with a font from elsewhere',
    () => lottie({ fonts: { list: [{ fPath: '//a.example' }] } }),
    'not in it',
  ],
  ['a Lottie of an hour', () => lottie({ op: 36_000 }), 'longer than 15 s'],
  ['a Lottie that ends first', () => lottie({ op: -1 }), 'before it begins'],
  ['a Lottie of no size', () => lottie({ w: 0 }), 'no Lottie: w'],
  ['a Lottie of no layers', () => lottie({ layers: [] }), 'no Lottie: layers'],
  ['JSON', () => bytes(`{"title":"${'x'.repeat(9_000)}"}`), 'no Lottie'],
  ['half a Lottie', () => lottie().subarray(0, 500), 'not JSON'],
  ['a zip of something else', () => zip({ 'a.txt': bytes('a') }), 'no Lottie'],
  ['a zip of two', () => zip({ 'a/1.json': lottie(), 'a/2.json': lottie() }), 'several'],
  [
    'a zip of many',
    () => zip(Object.fromEntries(Array.from({ length: 99 }, (_, i) => [`a/${i}.json`, lottie()]))),
    'more than 64 files',
  ],
  ['a zip bomb', () => zip({ 'a/1.json': new Uint8Array(2 ** 24).fill(32) }), 'too large'],
  ['half a zip', () => zip({ 'a/1.json': lottie() }).subarray(0, 200), 'cannot be unpacked'],
] as const)('%s is refused with a word of why', async (_, file, sentence) => {
  const error = await convert(sharp, await file()).catch((cause: Error) => cause)
  expect(error).toBeInstanceOf(Refusal)
  expect((error as Refusal).message).toContain(sentence)
  // Nor with the words of a library.
  expect((error as Refusal).message).not.toMatch(/Input|_buffer|vips|header/)
})

test('a .lottie is drawn with the pictures that it brings', async () => {
  const file = zip({ 'a/1.json': showing({ u: '/i/', p: 'b.png', e: 0 }), 'i/b.png': await png() })
  const { image } = await made(file)
  expect((await sharp(image).stats()).channels[0]!.max).toBeGreaterThan(200)
})

test.each([
  ['png', 6],
  ['png', 3],
  ['webp', 8],
  ['avif', 6],
] as const)('a %s that was taken with orientation %i stands upright', async (kind, orientation) => {
  const red = { width: 20, height: 40, channels: 3, background: '#ff0000' } as const
  const blue = { ...red, height: 20, background: '#0000ff' }
  const upright = await sharp({ create: red })
    .composite([{ input: { create: blue }, top: 20, left: 0 }])
    .png()
    .toBuffer()
  const turns = { 6: 270, 3: 180, 8: 90 }[orientation]
  const turned = await sharp(await sharp(upright).rotate(turns).toBuffer())
    .withMetadata({ orientation })
    .toFormat(kind)
    .toBuffer()
  for (const picture of Object.values(await convert(sharp, new Uint8Array(turned)))) {
    const { data, info } = await sharp(picture).raw().toBuffer({ resolveWithObject: true })
    expect([info.width, info.height]).toEqual([20, 40])
    expect([data[0]! > 200, data[data.length - info.channels]! < 50]).toEqual([true, true])
  }
})

test('what comes into sight as it moves has a button that shows it', async () => {
  const layer = structuredClone(LOTTIE.layers[0]!) as { ks: { o: object } }
  const ease = { i: { x: [0.5], y: [0.5] }, o: { x: [0.5], y: [0.5] } }
  layer.ks.o = {
    a: 1,
    k: [
      { t: 0, s: [0], ...ease },
      { t: 5, s: [100] },
    ],
  }
  const { thumb } = await made(lottie({ layers: [layer] }))
  expect((await sharp(thumb).stats()).channels[3]!.max).toBeGreaterThan(0)
})

test('nothing of a file but its picture is in what is made of it', async () => {
  const hidden = 'alert(document.domain)'
  const file = joined(
    await sharp(await png())
      .withExif({ IFD0: { Copyright: hidden } })
      .png()
      .toBuffer(),
    bytes(`<script>${hidden}</script>`),
    zip({ 'index.html': bytes(hidden) }),
  )
  for (const given of [
    file,
    svg(`<script>${hidden}</script><rect onload="${hidden}" width="9" height="9"/>`),
  ]) {
    const { image, thumb } = await made(given)
    for (const picture of [image, thumb]) {
      expect(Buffer.from(picture).includes(hidden)).toBe(false)
      expect((await sharp(picture).metadata()).exif).toBeUndefined()
      // RIFF says how long the file is: there is no second one behind it.
      expect(new DataView(picture.buffer, picture.byteOffset).getUint32(4, true) + 8).toBe(picture.byteLength)
    }
  }
})

test.each([
  ['a profile', 'iCCP', 'icc\0\0', () => deflateSync(new Uint8Array(2 ** 28))],
  ['a packed text', 'zTXt', 'Comment\0\0', () => deflateSync(new Uint8Array(2 ** 28))],
  ['a text', 'tEXt', 'Comment\0', () => new Uint8Array(1_500_000).fill(65)],
] as const)(
  '%s that fills a PNG, or unpacks to 256 MB, is not in what is made of it',
  async (_, type, name, fill) => {
    const { image, thumb } = await made(await withChunk(type, joined(bytes(name), fill())))
    expect([image.byteLength, thumb.byteLength].every((length) => length < 1_000)).toBe(true)
  },
)

test('what is foreign in an SVG is not drawn', async () => {
  const frame = '<body xmlns="http://www.w3.org/1999/xhtml"><iframe src="https://a.example"/></body>'
  const [foreign, own] = await Promise.all(
    [`<foreignObject width="9" height="9">${frame}</foreignObject>`, ''].map((inside) =>
      made(svg(`<rect width="9" height="9"/>${inside}`)),
    ),
  )
  expect(foreign!.image).toEqual(own!.image)
})

test('what lies about its length in a zip unpacks to no more than it says', async () => {
  const file = zip({ 'a/1.json': new Uint8Array(2 ** 22).fill(32) })
  const view = new DataView(file.buffer)
  // Both places of the uncompressed size: the file's own header and the directory's (APPNOTE 4.3.7, 4.3.12).
  view.setUint32(22, 100, true)
  view.setUint32(Buffer.from(file).lastIndexOf('PK\x01\x02') + 24, 100, true)
  expect(await convert(sharp, file).catch((cause: Error) => cause)).toBeInstanceOf(Refusal)
})
