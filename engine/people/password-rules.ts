/**
 * NIST SP 800-63B section 3.1.1.2: a password that is the only factor has at least 15 characters; any character counts; nobody
 * must mix kinds of characters or change a password without a reason; passwords that are guessed first are refused.
 */
const LENGTH_MIN = 15
export const PASSWORD_LENGTH_MAX = 256
const DIFFERENT_MIN = 6
/** What people type to fill a long password: runs of a keyboard, and entries of every list of leaked passwords. */
const RUNS = ['0123456789', 'abcdefghijklmnopqrstuvwxyz', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm', 'azertyuiop']
const COMMON = [
  'password',
  'letmein',
  'iloveyou',
  'welcome',
  'changeme',
  'admin',
  'roar',
  'studio',
  'producer',
]

/** Normalises what looks the same, so that every keyboard can type it: section 3.1.1.2 recommends NFC or NFKC. */
export const passwordKeyOf = (password: string): string => password.normalize('NFC')

/** Why this password is refused, in words that reveal nothing of it; undefined: it is accepted. */
export function passwordFault(
  password: string,
  { email, name }: { email: string; name: string },
): string | undefined {
  const characters = [...passwordKeyOf(password)]
  if (!password.isWellFormed()) return 'the password contains an invalid character'
  if (characters.length < LENGTH_MIN)
    return `the password has fewer than ${LENGTH_MIN} characters: use several words in a row`
  if (characters.length > PASSWORD_LENGTH_MAX)
    return `the password has more than ${PASSWORD_LENGTH_MAX} characters`
  if (new Set(characters).size < DIFFERENT_MIN)
    return `the password has fewer than ${DIFFERENT_MIN} different characters`
  const known = [...COMMON, ...RUNS, ...RUNS.map(reversed), ...wordsOf(email), ...wordsOf(name)]
  return remainder(characters.join('').toLowerCase(), known) < DIFFERENT_MIN
    ? 'the password is too easy to guess'
    : undefined
}

const reversed = (text: string): string => [...text].reverse().join('')

const wordsOf = (text: string): string[] =>
  text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word.length > 2)

/** How many characters remain without everything that is guessed first, and without the digits and signs around it. */
function remainder(password: string, known: string[]): number {
  let left = password
  for (const word of known) left = left.replaceAll(word, '')
  // Parts of a run count, too: 12345678 of 0123456789.
  for (const run of [...RUNS, ...RUNS.map(reversed)])
    for (let length = run.length; length >= 4; length--)
      for (let from = 0; from + length <= run.length; from++)
        left = left.replaceAll(run.slice(from, from + length), '')
  return [...left.replaceAll(/[^\p{L}]/gu, '')].length || (left === password ? [...left].length : 0)
}
