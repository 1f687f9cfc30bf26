import { encode } from 'uqr'

const SVG = 'http://www.w3.org/2000/svg'
/** Quiet zone around the code, in modules (ISO/IEC 18004 section 9.1). */
const QUIET = 4

/** A link as a QR code for a phone's camera: black on white in every theme, or cameras do not detect it. */
export function codeOf(link: string, title: string): SVGSVGElement {
  const { data, size } = encode(link, { ecc: 'M', border: QUIET })
  const svg = document.createElementNS(SVG, 'svg')
  svg.setAttribute('viewBox', `0 0 ${size} ${size}`)
  svg.setAttribute('role', 'img')
  svg.setAttribute('aria-label', title)
  svg.setAttribute('shape-rendering', 'crispEdges')
  const path = document.createElementNS(SVG, 'path')
  const modules = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : [])))
  path.setAttribute('d', modules.join(''))
  svg.append(path)
  return svg
}
