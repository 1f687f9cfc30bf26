import { isId } from './ids.ts'

/** Whether parsed JSON is an object, not a list. */
export const isObject = (given: unknown): given is Record<string, unknown> =>
  typeof given === 'object' && given !== null && !Array.isArray(given)

/** Whether parsed JSON is an object whose keys are ids and whose values all pass a check. */
export const isRecordOf = <Value>(
  given: unknown,
  isValue: (value: unknown) => value is Value,
): given is Record<string, Value> =>
  isObject(given) && Object.entries(given).every(([id, value]) => isId(id) && isValue(value))
