import type * as v from 'valibot'

/** The library's default messages. */
const BY_ITSELF = /^Invalid (?:key|type|length|value)\b/

/** What is wrong with a value, as a sentence without its subject, in the caller's words. */
export function sentenceOf(issue: v.BaseIssue<unknown>): string {
  const { message, expected, received } = issue
  if (!BY_ITSELF.test(message)) return message
  if (expected === 'never') return 'is not a known field'
  if (received === 'undefined' || message.startsWith('Invalid key')) return 'is missing'
  if (issue.type === 'union') return 'matches none of the allowed forms'
  if (expected === 'Object') return 'is not an object'
  if (expected === 'Array') return 'is not an array'
  const choices = expected?.match(/"[^"]*"/g)
  return choices ? `${received} is not one of ${choices.join(', ')}` : `is not ${expected}`
}
