import { NAME_LENGTH_MAX } from '../../protocol/limits.ts'

/**
 * A display name fit to be shown to everybody: no control or invisible characters, none that turn the direction of
 * text around, spaces folded, cut between characters. Empty when nothing is left. Whoever draws it still escapes it.
 */
export function cleanName(name: unknown): string {
  if (typeof name !== 'string') return ''
  const visible = name
    .slice(0, 8 * NAME_LENGTH_MAX)
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cs}\p{Co}\p{Cn}\u2028\u2029]/gu, ' ')
    // Format characters, but not the joiner that emoji are made with.
    .replace(/(?!\u200d)\p{Cf}/gu, '')
    // More than two marks on one letter is a drawing, not a name.
    .replace(/(\p{M}{2})\p{M}+/gu, '$1')
    .replace(/\s+/gu, ' ')
    .trim()
  let cut = ''
  for (const { segment } of new Intl.Segmenter().segment(visible)) {
    if (cut.length + segment.length > NAME_LENGTH_MAX) break
    cut += segment
  }
  return cut.trim()
}
