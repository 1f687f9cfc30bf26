import { describe, expect, test } from 'bun:test'
import { faultOf, fits, pick } from './fault.ts'
import { type Field, type Grammar, list, object, oneOf, optional, type Rule, text, whole } from './grammar.ts'
import { isPlain } from './plain.ts'

const fitting = (field: Field, values: unknown[]) => values.filter((value) => fits(value, field))

describe('what a field may hold, at its very bounds', () => {
  test('texts: of any characters up to a length in UTF-16, or by a pattern', () => {
    expect(fitting(text(2), ['', 'ab', 'abc', '🏏', '🏏🏏', 5, null, undefined, ['a']])).toEqual([
      '',
      'ab',
      '🏏',
    ])
    const pattern: Field = { kind: 'text', pattern: /^a+$/, lengthMax: 3, is: 'as', are: 'as' }
    expect(fitting(pattern, ['', 'a', 'aaa', 'aaaa', 'ab', 'a\n'])).toEqual(['a', 'aaa'])
    expect(fitting(oneOf('', 'late'), ['', 'late', 'later', 'LATE', null])).toEqual(['', 'late'])
  })

  test('whole numbers, in their range', () => {
    expect(fitting(whole(1, 3), [0, 1, 2, 3, 4, 1.5, '1', null, Number.NaN])).toEqual([1, 2, 3])
    expect(fitting(whole(0), [-1, 0, 2 ** 53 - 1, 2 ** 53])).toEqual([0, 2 ** 53 - 1])
  })

  test('numbers, in their range', () => {
    const share: Field = { kind: 'number', min: 0.25, max: 1, is: '', are: '' }
    expect(fitting(share, [0.2, 0.25, 0.3, 1, 1.01, '1', Number.NaN, null])).toEqual([0.25, 0.3, 1])
  })

  test('flags', () => {
    expect(fitting({ kind: 'flag', is: '', are: '' }, [true, false, 0, 1, 'true', null])).toEqual([
      true,
      false,
    ])
  })

  test('lists, by their length and by each entry', () => {
    const field = list(whole(0, 9), { min: 1, max: 2 })
    expect(
      fitting(field, [[], [1], [1, 2], [1, 2, 3], [10], [1, null], '1', { 0: 1, length: 1 }, null]),
    ).toEqual([[1], [1, 2]])
    expect(fitting(list(whole(0), { max: 1 }), [[], [1], [1, 2]])).toEqual([[], [1]])
  })

  test('objects, by their own fields and rules', () => {
    const inner = object({ fields: { a: whole(0) } }, { is: 'an a', are: 'as' })
    expect(fitting(inner, [{ a: 1 }, { a: -1 }, {}, [], null, 'a'])).toEqual([{ a: 1 }])
  })

  test('what is optional may be absent or null, and nothing else may', () => {
    expect(fitting(optional(whole(0)), [undefined, null, 1, 'x'])).toEqual([undefined, null, 1])
    expect(fitting(whole(0), [undefined, null])).toEqual([])
  })
})

describe('what holds between fields', () => {
  const rule = (rule: Rule, value: Record<string, unknown>) =>
    faultOf(value, { fields: {}, rules: [rule] }) ?? 'holds'

  test('columns of one length, where they are there', () => {
    const columns = (a: unknown, b?: unknown) =>
      rule({ kind: 'one-length', fields: ['a', 'b'], reason: 'lengths' }, { a, b })
    expect([columns([1], [2]), columns([], []), columns([1]), columns([1], null)]).toEqual(
      Array(4).fill('holds'),
    )
    expect([columns([1], []), columns([], [1]), columns([1, 2], [1])]).toEqual(Array(3).fill('lengths'))
  })

  test('no entry twice', () => {
    const entries = (a: unknown[]) => rule({ kind: 'no-repeats', field: 'a', reason: 'twice' }, { a })
    expect([entries([]), entries(['x', 'y']), entries(['x', 'y', 'x'])]).toEqual(['holds', 'holds', 'twice'])
  })

  test('a sum up to its bound', () => {
    const sum = (...a: number[]) => rule({ kind: 'sum', field: 'a', max: 5, reason: 'more' }, { a })
    expect([sum(), sum(5), sum(2, 3), sum(2, 3, 1), sum(6)]).toEqual([
      'holds',
      'holds',
      'holds',
      'more',
      'more',
    ])
  })

  test('there where a number is above another, and only there', () => {
    const there = (n: number, a: unknown) =>
      rule({ kind: 'there-above', field: 'a', number: 'n', above: 1, reason: 'not so' }, { n, a })
    expect([there(1, undefined), there(1, null), there(2, {})]).toEqual(Array(3).fill('holds'))
    expect([there(1, {}), there(2, undefined), there(2, null)]).toEqual(Array(3).fill('not so'))
  })
})

test('the first fault is said: fields in their order, then rules', () => {
  const grammar: Grammar = {
    fields: { b: whole(0), a: whole(0, 9) },
    rules: [{ kind: 'there-above', field: 'c', number: 'a', above: 0, reason: 'no c' }],
  }
  expect(faultOf({ b: -1, a: -1 }, grammar)).toBe('b is not a whole number of 0 or more')
  expect(faultOf({ b: 0, a: 10 }, grammar)).toBe('a is not a whole number from 0 to 9')
  expect(faultOf({ b: 0, a: 1 }, grammar)).toBe('no c')
  expect(faultOf({ b: 0, a: 0 }, grammar)).toBeUndefined()
})

test('what is picked has the fields of the grammar in its order, at every depth, and unknown ones only in documents', () => {
  const inner: Grammar = { fields: { y: whole(0), x: optional(whole(0)) } }
  const fields = {
    b: whole(0),
    one: object(inner, { is: '', are: '' }),
    many: list(object(inner, { is: '', are: '' }), { max: 9 }),
    plain: list(whole(0), { max: 9 }),
  }
  const value = {
    ...{ later: 1, v: 1, plain: [3], many: [{ x: null, y: 1, z: 2 }], one: { z: 1, x: 5, y: 6 }, b: 0 },
  }
  expect(JSON.stringify(pick(value, { fields }))).toBe(
    '{"b":0,"one":{"y":6,"x":5},"many":[{"y":1}],"plain":[3]}',
  )
  expect(JSON.stringify(pick(value, { fields, keepsUnknown: true }))).toBe(
    '{"b":0,"one":{"y":6,"x":5},"many":[{"y":1}],"plain":[3],"later":1}',
  )
})

test('an object within a document keeps every field that it does not know, whatever its name', () => {
  const inner: Grammar = { fields: { y: whole(0) }, keepsUnknown: true }
  const one = { y: 1, v: 2, '': 3, mutant: 4 }
  expect(pick({ one }, { fields: { one: object(inner, { is: '', are: '' }) } })).toEqual({ one })
})

test('plain JSON: 512 brackets and 299 digits in a row are, one more of either is not, nor is half a character', () => {
  expect([
    isPlain('['.repeat(512)),
    isPlain('{'.repeat(512)),
    isPlain(`${'['.repeat(256)}${'{'.repeat(256)}`),
  ]).toEqual([true, true, true])
  expect([
    isPlain('['.repeat(513)),
    isPlain('{'.repeat(513)),
    isPlain(`${'['.repeat(257)}${'{'.repeat(256)}`),
  ]).toEqual([false, false, false])
  expect([isPlain('1'.repeat(299)), isPlain('1'.repeat(300)), isPlain(`${'1'.repeat(299)}.1`)]).toEqual([
    true,
    false,
    true,
  ])
  for (const half of ['\\ud800', '\\uDFFF', '\\uDbFf']) expect(isPlain(half)).toBe(false)
  for (const other of ['\\ud7ff', '\\ue000', '\\u00e9', 'ud800', '🏏']) expect(isPlain(other)).toBe(true)
})
