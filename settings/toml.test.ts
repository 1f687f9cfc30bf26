import { expect, test } from 'bun:test'
import { parseToml } from './toml.ts'

test.each([
  ['port = 1\nhost = "x"\nport = 2\n', "line 3: Cannot redefine key 'port'"],
  ['[up]\nport = 1\n\n[up]\nport = 3', "line 4: Cannot redefine table 'up'"],
  ['a = 1\r\nb = = 2\r\n', "line 2: Expected a value but found '='"],
  ['port = = 2', "line 1: Expected a value but found '='"],
  // Each comment and each empty line is skipped, in front of the fault and behind it.
  ['# one\n\na = 1\n# four\n\nb = x\n\n# eight\nc = 3\n', 'line 6: Strings must be quoted'],
  ['a = [\n 1,\n 2,\n]\nb = [\n 1,\n x,\n]\nc = 1\n', 'line 5: '],
  ['a = """\none\n"""\nb = """\nnever closed\n', 'line 4: '],
  ['a = 1\na.b = 2\n', "line 2: Cannot redefine key 'a'"],
])('%j is refused with its line', (text, sentence) => {
  expect(() => parseToml(text)).toThrow(sentence)
})

test('a value without quotes is not repeated: it may be a secret', () => {
  expect(() => parseToml('port = 1\nauth-secret = hunter2-and-more\n')).toThrow(
    /^line 2: Strings must be quoted$/,
  )
})

test('valid TOML is what it says', () => {
  expect(parseToml('a = 1\n[up]\nports = [1, 2]\n')).toEqual({ a: 1, up: { ports: [1, 2] } })
})

test('in a file too large to be searched the fault is told without its line', () => {
  const many = Array.from({ length: 4_000 }, (_, i) => `key-${i} = "${'x'.repeat(60)}"\n`)
  expect(() => parseToml(`key-0 = 1\n${many.join('')}`)).toThrow(
    "it is not TOML: Cannot redefine key 'key-0'",
  )
})
