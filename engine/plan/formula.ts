import { ownOf } from '../../protocol/ids.ts'

/** The functions that a formula may call. */
export type Functions = Readonly<Record<string, (...args: number[]) => number>>

const TOKEN = /\s*(?:(\d+(?:\.\d+)?)|([a-z][a-zA-Z]*)|([-+*/(),]))/y

/**
 * Evaluates a formula: numbers, names, `+ - * /`, brackets, and calls of `functions`. The printed formula is the one that is
 * evaluated. Throws RangeError for an unknown name, and for an invalid formula.
 */
export function evaluate(
  formula: string,
  values: Readonly<Record<string, number>>,
  functions: Functions,
): number {
  const tokens = tokensOf(formula)
  let place = 0
  const fail = (): never => {
    throw new RangeError(`not a formula at word ${place + 1}: ${formula}`)
  }
  const takes = (...marks: string[]): string | undefined =>
    marks.includes(tokens[place] ?? '') ? tokens[place++] : undefined
  const expect = (mark: string): void => void (takes(mark) ?? fail())

  function sum(): number {
    let value = product()
    for (let mark = takes('+', '-'); mark; mark = takes('+', '-')) {
      value += mark === '+' ? product() : -product()
    }
    return value
  }

  function product(): number {
    let value = factor()
    for (let mark = takes('*', '/'); mark; mark = takes('*', '/')) {
      if (mark === '*') value *= factor()
      else value /= factor()
    }
    return value
  }

  function factor(): number {
    if (takes('(')) {
      const value = sum()
      expect(')')
      return value
    }
    const word = tokens[place++] ?? fail()
    if (/^\d/.test(word)) return Number(word)
    return takes('(') ? (ownOf(functions, word) ?? fail())(...rest()) : (ownOf(values, word) ?? fail())
  }

  function rest(): number[] {
    const args = [sum()]
    while (takes(',')) args.push(sum())
    expect(')')
    return args
  }

  const value = sum()
  return place === tokens.length ? value : fail()
}

function tokensOf(formula: string): string[] {
  const tokens: string[] = []
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < formula.length) {
    const found = TOKEN.exec(formula)
    if (found === null) throw new RangeError(`not a formula: ${formula}`)
    tokens.push(found[1] ?? found[2] ?? found[3]!)
  }
  return tokens
}
