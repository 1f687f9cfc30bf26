import { LOOKS_LIKE } from '../../engine/look-alikes.ts'
import { cleanName } from './name.ts'

/** Letters with a stroke or a hook, which do not decompose as those with an accent do. */
const STRUCK: Readonly<Record<string, string>> = {
  ...{ ɑ: 'a', ƀ: 'b', ɓ: 'b', đ: 'd', ɗ: 'd', ƒ: 'f', ħ: 'h', ɨ: 'i', ł: 'l', ɱ: 'm' },
  ...{ ŋ: 'n', ɲ: 'n', ø: 'o', ƥ: 'p', ɾ: 'r', ʂ: 's', ŧ: 't', ƭ: 't', ʉ: 'u' },
}

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
    ...['مدير', 'المدير', 'مديرة', 'المديرة', 'مشرف', 'المشرف', 'مشرفة', 'المشرفة', 'مدیر'],
    ...['ведущий', 'ведущая', 'संचालक', 'होस्ट'],
  ].map(skeleton),
)
/** Those reserved even as one word of a longer name, in the page's languages and some more: nobody has them by chance. */
const CLAIMS = new Set(
  [
    ...['admin', 'administrator', 'moderator', 'official'],
    ...['administrateur', 'administratrice', 'administradora', 'administrador', 'moderador', 'moderadora'],
    ...['administratorin', 'moderateur', 'moderatorin', 'moderatrice', 'presentador', 'presentadora'],
    ...['anfitrion', 'anfitriona', 'gastgeber', 'gastgeberin', 'veranstalter', 'veranstalterin'],
    ...['offiziell', 'oficial', 'officiel', 'officielle'],
    ...['админ', 'администратор', 'модератор', 'организатор', 'официальный'],
    ...['أدمن', 'آدمین', 'رسمي', 'الرسمي', 'एडमिन', 'मॉडरेटर', 'व्यवस्थापक', 'आधिकारिक'],
    ...[
      '管理员',
      '管理員',
      '管理者',
      '主持人',
      '官方',
      '公式',
      '運営',
      'モデレーター',
      '운영자',
      '관리자',
      '공식',
    ],
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
    isAmong(RESERVED, name) ||
    name.split(/[^\p{L}\p{M}\p{N}@$|]+/u).some((word) => isAmong(CLAIMS, word))
  )
}

/** Digits of any script, signs and blanks around the letters: `mod ١٢`, `1mod`, `HOST❶`. */
const BEFORE = /^[^\p{L}\p{M}]+/u
const AFTER = /[^\p{L}\p{M}]+$/u

/** With any number of those at either end: one may be there in the place of a letter, as in `1$taff 1`. */
function isAmong(names: ReadonlySet<string>, text: string): boolean {
  // Without a letter there is one run, and each sign of it may stand for one.
  const tail = AFTER.exec(text)?.[0] ?? ''
  const rest = text.slice(0, text.length - tail.length)
  const head = BEFORE.exec(rest)?.[0] ?? ''
  // Each part is folded once: between two rows of flags there are thousands of names.
  const [before, letters, after] = [skeleton(head), skeleton(rest.slice(head.length)), skeleton(tail)]
  for (let from = 0; from <= before.length; from++)
    for (let to = 0; to <= after.length; to++)
      if (names.has(before.slice(from) + letters + after.slice(0, to))) return true
  return false
}

/** What a careless eye sees of a name: two names with the same skeleton look alike. */
function skeleton(name: string): string {
  const letters = name.normalize('NFKD').toLowerCase().replace(/\p{M}/gu, '')
  return [...letters]
    .map((letter) => STRUCK[letter] ?? letter)
    .map((letter) => LOOKS_LIKE.get(letter) ?? letter)
    .join('')
    .replace(/[^\p{L}\p{N}]/gu, '')
}
