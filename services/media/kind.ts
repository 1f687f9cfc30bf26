export type PictureKind = 'png' | 'webp' | 'avif' | 'gif' | 'svg' | 'json' | 'zip'

/** A file's type by its first bytes: its name and the sender's claim are ignored. Undefined: none of these. */
export function kindOf(bytes: Uint8Array): PictureKind | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, HEAD_BYTES))
  const at = (place: number, text: string) => head.toString('latin1', place, place + text.length) === text
  if (at(0, '\x89PNG\r\n\x1a\n')) return 'png'
  if (at(0, 'GIF87a') || at(0, 'GIF89a')) return 'gif'
  if (at(0, 'RIFF') && at(8, 'WEBP')) return 'webp'
  // ISO/IEC 14496-12 section 4.3: the brand, then compatible brands.
  if (at(4, 'ftyp'))
    return /^(.{4})*avi[fs]/s.test(head.toString('latin1', 8, head.readUInt32BE(0))) ? 'avif' : undefined
  if (at(0, 'PK\x03\x04')) return 'zip'
  const text = head
    .toString()
    .replace(/^\uFEFF/, '')
    .trimStart()
  if (text.startsWith('{')) return 'json'
  return SVG.test(text) ? 'svg' : undefined
}

const HEAD_BYTES = 4096
/** An XML declaration, comments, processing instructions and a doctype may precede the element. */
const SVG =
  /^(?:<\?[^>]*\?>\s*|<!--.*?-->\s*|<!DOCTYPE\s+(?:[a-z]+:)?svg\b[^>[]*(?:\[[^\]]*\]\s*)?>\s*)*<(?:[a-z]+:)?svg[\s/>]/is
