import * as v from 'valibot'
import { RoarError } from '../../protocol/errors.ts'
import { isId } from '../../protocol/ids.ts'
import { CHOICES_MAX, GRACE_MS_MAX, POINTS_MAX, QUESTION_LENGTH_MAX } from '../../protocol/limits.ts'
import type { PollRules } from '../../protocol/polls.ts'

const id = v.custom<string>(isId, 'is not an id')
const words = v.pipe(
  v.string('is not a text'),
  v.trim(),
  v.nonEmpty('is empty'),
  v.maxLength(QUESTION_LENGTH_MAX, `is longer than ${QUESTION_LENGTH_MAX} characters`),
)
const whole = (min: number, max: number) =>
  v.pipe(
    v.number('is not a number'),
    v.safeInteger('is not a whole number'),
    v.minValue(min, `is less than ${min}`),
    v.maxValue(max, `is more than ${max}`),
  )
const time = whole(0, Number.MAX_SAFE_INTEGER)
const choice = v.strictObject({ choice: id, title: words, image: v.optional(v.string('is not a text')) })

const RULES = {
  question: words,
  choices: v.pipe(
    v.array(choice, 'is not an array'),
    v.minLength(2, 'has less than 2 entries'),
    v.maxLength(CHOICES_MAX, `has more than ${CHOICES_MAX} entries`),
  ),
  kind: v.picklist(['one', 'several', 'points'], 'is not one, several or points'),
  max: whole(1, POINTS_MAX),
  change: v.boolean('is not true or false'),
  visibility: v.picklist(['live', 'voted', 'closed', 'revealed'], 'is not live, voted, closed or revealed'),
  opens: time,
  closes: time,
  reveals: time,
  seals: time,
  graceMs: whole(0, GRACE_MS_MAX),
  countLate: v.boolean('is not true or false'),
  countQuarantined: v.boolean('is not true or false'),
  answer: v.pipe(v.array(id, 'is not an array'), v.maxLength(CHOICES_MAX)),
}

const CREATE = v.strictObject({
  poll: id,
  ...RULES,
  kind: v.optional(RULES.kind, 'one'),
  max: v.optional(RULES.max),
  change: v.optional(RULES.change, false),
  visibility: v.optional(RULES.visibility, 'closed'),
  opens: v.optional(RULES.opens),
  closes: v.optional(RULES.closes),
  reveals: v.optional(RULES.reveals),
  seals: v.optional(RULES.seals),
  graceMs: v.optional(RULES.graceMs, 0),
  countLate: v.optional(RULES.countLate, true),
  countQuarantined: v.optional(RULES.countQuarantined, false),
  answer: v.optional(RULES.answer),
})
const CHANGE = v.partial(v.strictObject(RULES))

/** Defaults: one choice, no change, counts after closing, no grace. @throws RoarError bad_poll */
export function parseNewPoll(body: unknown): { poll: string; rules: PollRules } {
  const { poll, max, ...rules } = parse(CREATE, body)
  const most = max ?? (rules.kind === 'several' ? rules.choices.length : rules.kind === 'points' ? 10 : 1)
  return { poll, rules: present({ ...rules, max: most }) as PollRules }
}

/** @throws RoarError bad_poll */
export const parsePollChange = (body: unknown): Partial<PollRules> =>
  present(parse(CHANGE, body)) as Partial<PollRules>

function parse<const Schema extends v.GenericSchema>(schema: Schema, body: unknown): v.InferOutput<Schema> {
  const result = v.safeParse(schema, body)
  if (result.success) return result.output
  const [issue] = result.issues
  throw new RoarError('bad_poll', `${v.getDotPath(issue) ?? 'the body'}: ${issue.message}`)
}

/** Without the fields that were not given. */
const present = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
