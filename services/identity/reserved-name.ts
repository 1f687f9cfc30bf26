import { LOOKS_LIKE } from '../../engine/look-alikes.ts'
import { cleanName } from './name.ts'

/** Names that suggest an official role, folded by `skeleton`: alone, and with digits or signs around them. */
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
    'مدير',
    'المدير',
    'مشرف',
    'المشرف',
  ].map(skeleton),
)
/** Those reserved even as one word of a longer name, in the page's languages and some more: nobody has them by chance. */
const CLAIMS = new Set(
  [
    ...['admin', 'administrator', 'moderator', 'official'],
    ...['administrateur', 'administratrice', 'administradora', 'administrador', 'moderador', 'moderadora'],
    ...['moderateur', 'moderatorin', 'moderatrice', 'presentador', 'veranstalter'],
    ...['админ', 'администратор', 'модератор', 'организатор'],
    ...['أدمن', 'एडमिन', 'मॉडरेटर', 'व्यवस्थापक'],
    ...['管理员', '管理員', '管理者', '主持人', '운영자', '관리자'],
  ].map(skeleton),
)

/**
 * Whether a guest with this name could be mistaken for somebody who runs the installation or the show. Look-alikes count as what
 * they look like: `АDМIN` in Cyrillic, `adm1n`, `a d m i n`.
 * @param title The show's title, which stands for the show itself. Default: none.
 */
export function isReservedName(name: string, title = ''): boolean {
  const whole = skeleton(name)
  if (whole === '') return false
  return (
    // A title may exceed the length of a name: as a name it is cut.
    whole === skeleton(cleanName(title)) ||
    RESERVED.has(whole) ||
    RESERVED.has(skeleton(name.replace(/[\s\d]+$/u, ''))) ||
    name.split(/[^\p{L}\p{M}\p{N}@$|]+/u).some((word) => CLAIMS.has(skeleton(word)))
  )
}

/** What a careless eye sees of a name: two names with the same skeleton look alike. */
function skeleton(name: string): string {
  const letters = name.normalize('NFKD').toLowerCase().replace(/\p{M}/gu, '')
  return [...letters]
    .map((letter) => LOOKS_LIKE.get(letter) ?? letter)
    .join('')
    .replace(/[^\p{L}\p{N}]/gu, '')
}
