import {
  parseXml,
  XmlElement,
  XmlError,
  type XmlNode,
  XmlProcessingInstruction,
  XmlText,
} from '@rgrove/parse-xml'
import { embeddedIn } from './embedded.ts'
import { Refusal } from './refusal.ts'

/** Pictures embedded in one SVG. */
const EMBEDDED_MAX = 16

/**
 * Checks an SVG and returns its embedded pictures, whose size is still unchecked. The renderer runs no script and fetches
 * nothing; whatever would therefore be missing is refused here with an explanation, instead of silently left out. Scripts and
 * handlers draw nothing and are no loss.
 * @throws Refusal for invalid XML, for entity declarations, and for anything external
 */
export function checkSvg(bytes: Uint8Array): Uint8Array[] {
  const text = decoded(bytes)
  // A few entity names expand to a text of any length.
  if (/<!ENTITY/i.test(text)) throw new Refusal('the SVG declares entities of its own')
  const embedded: Uint8Array[] = []
  for (const node of everything(parsed(text))) {
    if (node instanceof XmlElement) {
      for (const [name, value] of Object.entries(node.attributes))
        checkAttribute(node.name, name, value, embedded)
    } else if (node instanceof XmlProcessingInstruction && node.name === 'xml-stylesheet') {
      throw new Refusal('the SVG needs a style that is not in it')
    } else if (
      node instanceof XmlText &&
      node.parent instanceof XmlElement &&
      local(node.parent.name) === 'style'
    ) {
      checkStyle(node.text)
    }
  }
  return embedded
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Refusal('the SVG is not UTF-8')
  }
}

function parsed(text: string): XmlNode[] {
  try {
    return parseXml(text.trimStart()).children
  } catch (cause) {
    if (cause instanceof XmlError) throw new Refusal(`the SVG is no XML: ${cause.message.split('\n')[0]}`)
    if (cause instanceof RangeError) throw new Refusal('the SVG is nested too deep')
    throw cause
  }
}

function* everything(from: readonly XmlNode[]): Generator<XmlNode> {
  for (const left = [...from]; left.length > 0; ) {
    const node = left.pop()!
    yield node
    if (node instanceof XmlElement) left.push(...node.children)
  }
}

const local = (name: string): string => name.replace(/^.*:/, '')

function checkAttribute(element: string, name: string, value: string, embedded: Uint8Array[]): void {
  if (local(name) !== 'href') {
    checkStyle(value)
    return
  }
  // A link leads somewhere, but draws nothing from there.
  if (local(element) === 'a' || local(element) === 'script' || value.trim().startsWith('#')) return
  const inside = embeddedIn(value)
  if (inside === undefined)
    throw new Refusal(`the SVG needs ${JSON.stringify(value.slice(0, 100))}, which is not in it`)
  if (embedded.length === EMBEDDED_MAX)
    throw new Refusal(`the SVG has more than ${EMBEDDED_MAX} pictures inside`)
  embedded.push(inside)
}

/** Also checks the raw text: CSS has no comments within strings and URLs, and what looks like one may hide what is between. */
function checkStyle(written: string): void {
  for (const style of new Set([written, plainStyle(written)])) {
    if (/@import/i.test(style)) throw new Refusal('the SVG imports a style from elsewhere')
    for (const [, target = ''] of style.matchAll(/(?:url|src)\(\s*["']?([^)"']*)/gi))
      if (!target.trim().startsWith('#'))
        throw new Refusal(`the SVG needs ${JSON.stringify(target.slice(0, 100))}, which is not in it`)
  }
}

/** As CSS parses it: without comments, and with escapes resolved (CSS Syntax 3, section 4.3.7). */
const plainStyle = (style: string): string =>
  style
    .replace(/\/\*.*?\*\//gs, '')
    .replace(/\\(?:([0-9a-f]{1,6})\s?|(.))/gi, (_, hex: string | undefined, letter: string) =>
      hex === undefined ? letter : String.fromCodePoint(Math.min(Number.parseInt(hex, 16), 0x10ffff)),
    )
