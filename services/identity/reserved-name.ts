import { LOOKS_LIKE } from '../../engine/look-alikes.ts'
import { cleanName } from './name.ts'

/** Who could be taken for somebody in charge, folded as `skeleton` does: alone, and with numbers or signs around it. */
const RESERVED = new Set(
  [
    'admin',
    'administrator',
    'host',
    'mod',
    'moderator',
    'official',
    'producer',
    'roar',
    'staff',
    'support',
    'system',
    'thehost',
  ].map(skeleton),
)
/** Of those, what also one word of a longer name claims: nobody is called so by chance. */
const CLAIMS = new Set(['admin', 'administrator', 'moderator', 'official'].map(skeleton))

/**
 * Whether a guest of this name could be taken for somebody who runs the installation or the show. Look-alikes count as what they look
 * like: `АDМIN` in Cyrillic, `adm1n`, `a d m i n`.
 * @param title The show's, which is a name of the show itself. Default: none.
 */
export function isReservedName(name: string, title = ''): boolean {
  const whole = skeleton(name)
  if (whole === '') return false
  return (
    // A title may be longer than a name: as a name it is cut.
    whole === skeleton(cleanName(title)) ||
    RESERVED.has(whole) ||
    RESERVED.has(skeleton(name.replace(/[\s\d]+$/u, ''))) ||
    name.split(/[^\p{L}\p{M}\p{N}@$|]+/u).some((word) => CLAIMS.has(skeleton(word)))
  )
}

/** What is left of a name for an eye that does not look closely: two names with the same skeleton look alike. */
function skeleton(name: string): string {
  const letters = name.normalize('NFKD').toLowerCase().replace(/\p{M}/gu, '')
  return [...letters]
    .map((letter) => LOOKS_LIKE.get(letter) ?? letter)
    .join('')
    .replace(/[^\p{L}\p{N}]/gu, '')
}
