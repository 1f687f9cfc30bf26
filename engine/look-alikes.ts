/**
 * Letters and signs that look like Latin ones, of scripts in which whole words can be written: after Unicode's confusables (UTS
 * 39).
 */
export const LOOKS_LIKE: ReadonlyMap<string, string> = new Map(
  [
    ['a', 'аα@4'],
    ['b', 'вβь8'],
    ['c', 'сϲ'],
    ['d', 'ԁ'],
    ['e', 'еεє3'],
    ['h', 'нһη'],
    ['i', 'іιılӏ1|'],
    ['j', 'ј'],
    ['k', 'кκ'],
    ['m', 'мμ'],
    ['n', 'ոп'],
    ['o', 'оοσ0օ'],
    ['p', 'рρ'],
    ['r', 'г'],
    ['s', 'ѕ$5'],
    ['t', 'тτ7'],
    ['u', 'υս'],
    ['v', 'ѵν'],
    ['w', 'ԝω'],
    ['x', 'хχ'],
    ['y', 'уγү'],
  ].flatMap(([letter, alike]) => [...alike!].map((one) => [one, letter!] as const)),
)
