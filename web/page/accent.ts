/** An RGB colour, each 0 to 255. */
type Rgb = readonly [number, number, number]

const WHITE: Rgb = [255, 255, 255]
const BLACK: Rgb = [0, 0, 0]
/** WCAG 2.2, success criterion 1.4.3. */
const CONTRAST_MIN = 4.5

function parse(colour: string): Rgb {
  const value = Number.parseInt(colour.slice(1), 16)
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255]
}

const format = (rgb: Rgb): string =>
  `#${rgb.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`

const mix = (a: Rgb, b: Rgb, share: number): Rgb =>
  [0, 1, 2].map((i) => a[i]! + (b[i]! - a[i]!) * share) as unknown as Rgb

/** Relative luminance, WCAG 2.2. */
function luminance(rgb: Rgb): number {
  const [r, g, b] = rgb.map((part) => {
    const c = part / 255
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

/** Contrast of two colours in `#rrggbb`, 1 to 21. */
export function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(parse(a)), luminance(parse(b))].sort((x, y) => x - y) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

/** The colour itself if it is readable on the background, else lightened or darkened as little as necessary. */
export function readableOn(background: string, colour: string): string {
  const target = luminance(parse(background)) > 0.18 ? BLACK : WHITE
  for (let share = 0; share < 1; share += 0.04) {
    const tried = format(mix(parse(colour), target, share))
    if (contrast(tried, background) >= CONTRAST_MIN) return tried
  }
  return format(target)
}

/** Black or white, whichever has the higher contrast. */
export const textOn = (colour: string): string =>
  contrast(colour, format(WHITE)) >= contrast(colour, format(BLACK)) ? format(WHITE) : format(BLACK)

/** Validates a show's colour: it comes from a document and goes into a style. */
export const isColour = (value: unknown): value is string =>
  typeof value === 'string' && /^#[0-9a-f]{6}$/i.test(value)
