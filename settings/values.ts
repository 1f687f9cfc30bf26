import * as v from 'valibot'

// A reason completes the sentence that begins with the value: "many" is not a whole number.

/** A flag and the environment know only text; the file has numbers. */
export const whole = (min: number, max: number) =>
  v.pipe(
    v.union([v.number(), v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number))], 'is not a whole number'),
    v.integer('is not a whole number'),
    v.minValue(min, `is less than ${min}`),
    v.maxValue(max, `is more than ${max}`),
  )

export const yesOrNo = v.union(
  [
    v.boolean(),
    v.pipe(
      v.picklist(['true', 'false']),
      v.transform((text) => text === 'true'),
    ),
  ],
  'is not true or false',
)

export const text = v.pipe(v.string('is not a text'), v.nonEmpty('is empty'))

export const oneOf = <const T extends string>(...values: T[]) =>
  v.picklist(values, `is not one of: ${values.filter((value) => value !== '').join(', ')}`)

/** A list in a file, or text with commas between. */
export const list = v.union(
  [
    v.array(v.string()),
    v.pipe(
      v.string(),
      v.transform((csv) =>
        csv
          .split(',')
          .map((item) => item.trim())
          .filter((item) => item !== ''),
      ),
    ),
  ],
  'is not a list',
)
