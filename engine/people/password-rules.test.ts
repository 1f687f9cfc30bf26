import { expect, test } from 'bun:test'
import { PASSWORD_LENGTH_MAX, passwordFault } from './password-rules.ts'

const PAT = { email: 'pat.miller@stadium.example', name: 'Pat Miller' }
const isGood = (password: string) => passwordFault(password, PAT) === undefined

test('a long password of any characters is good, and nobody has to mix kinds of them', () => {
  for (const password of [
    'correct horse battery staple',
    'vier kleine Wörter',
    'пароль из пяти слов',
    '十五文字以上の長いパスワードです',
    '84 91 37 62 05 18 73 29',
    // Fifteen characters, of them six different ones; six that are not guessed first.
    'hvkxqzhvkxqzhvk',
    'passwordhvkxqz1',
    `${'x'.repeat(PASSWORD_LENGTH_MAX - 6)}abcdef`,
  ])
    expect([password, passwordFault(password, PAT)]).toEqual([password, undefined])
})

test.each([
  ['too short', 'fourteen chars'],
  ['too long', 'ab cd ef '.repeat(40)],
  ['one character', 'a'.repeat(20)],
  ['few characters', 'abcabcabcabcabcabc'],
  ['a run of the keyboard', 'qwertyuiopasdfghjkl'],
  ['digits in a row', '12345678901234567890'],
  ['backwards', '9876543210987654321'],
  ['a common word twice', 'passwordpassword1!'],
  ['their own address', 'pat.miller@stadium.example'],
  ['their own name and a year', 'Pat Miller 2026 2026'],
  ['the service', 'roar studio admin 1'],
  ['a keyboard of another country', 'azertyuiop'.repeat(3)],
  ['a part of a run', 'qwertyqwertyqwerty'],
  ['the name of the service alone', 'roarroarroar20261'],
  ['what they are', 'producer producer 1'],
  ['half a character', 'correct horse battery \ud800'],
])('a password that is guessed first is refused: %s', (_, password) => {
  expect(isGood(password)).toBe(false)
})

test('two letters of a name are no part that everybody guesses, three are', () => {
  const of = (name: string) => passwordFault('bolimabolimabolimaxq', { ...PAT, name })
  expect([of('Bo Li Ma'), of('Bol Ima')]).toEqual([undefined, 'the password is too easy to guess'])
})

test('why it is refused holds nothing of it', () => {
  expect(passwordFault('hunter2', PAT)).not.toContain('hunter2')
})
