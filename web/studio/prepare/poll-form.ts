import { freeId } from '../../../protocol/ids.ts'
import type { Choice, PollChanges, PollKind, Visibility, Voters } from '../../../protocol/polls.ts'
import type { StudioPoll } from '../api/queries.ts'
import { draftOf } from '../shows/make-show.ts'
import { slugOf } from '../ui/slug.ts'

/** The form's state. */
export interface PollForm {
  question: string
  choices: { choice: string; title: string; isRight: boolean }[]
  kind: PollKind
  max: number
  visibility: Visibility
  voters: Voters
  change: boolean
  opens: number | undefined
  closes: number | undefined
}

const EMPTY: PollForm = {
  question: '',
  choices: [
    { choice: '', title: '', isRight: false },
    { choice: '', title: '', isRight: false },
  ],
  kind: 'one',
  max: 1,
  visibility: 'closed',
  voters: 'guests',
  change: false,
  opens: undefined,
  closes: undefined,
}

/** @param like The poll whose rules it begins with. @param sides The show's segments that are set against each other. */
export function formOf(
  like: StudioPoll | undefined,
  template: 'empty' | 'sides' | 'yes-no',
  sides: readonly { segment: string; title: string }[],
): PollForm {
  if (like === undefined) return { ...EMPTY, choices: choicesOf(template, sides) ?? EMPTY.choices }
  const { answer = [], voters = 'guests' } = like
  const isDraft = like.state === 'draft'
  return {
    ...{
      question: like.question,
      kind: like.kind,
      max: like.max,
      visibility: like.visibility,
      change: like.change,
      voters,
    },
    choices: like.choices.map(({ choice, title }) => ({ choice, title, isRight: answer.includes(choice) })),
    opens: isDraft ? like.opens : undefined,
    closes: isDraft ? like.closes : undefined,
  }
}

function choicesOf(
  template: string,
  sides: readonly { segment: string; title: string }[],
): PollForm['choices'] | undefined {
  if (template === 'sides' && sides.length > 1)
    return sides.map(({ segment, title }) => ({ choice: segment, title, isRight: false }))
  if (template === 'yes-no')
    return ['Yes', 'No'].map((title) => ({ choice: slugOf(title), title, isRight: false }))
  return undefined
}

/** The rules in the form. What the form lacks stays as in `like`, or as the server's default. */
export function rulesOf(form: PollForm, like?: StudioPoll): PollChanges {
  const choices: Choice[] = []
  const answer: string[] = []
  for (const { choice, title, isRight } of form.choices) {
    if (title.trim() === '') continue
    const id = freeId(choice || slugOf(title) || `choice-${choices.length + 1}`, (id) =>
      choices.some(({ choice }) => choice === id),
    )
    choices.push({ ...like?.choices.find((known) => known.choice === id), choice: id, title: title.trim() })
    if (isRight) answer.push(id)
  }
  return {
    ...(like && draftOf(like)),
    ...{ question: form.question.trim(), kind: form.kind, visibility: form.visibility },
    ...{ voters: form.voters, change: form.change, choices },
    max: form.kind === 'one' ? 1 : form.kind === 'several' ? Math.min(form.max, choices.length) : form.max,
    ...((answer.length > 0 || like?.answer) && { answer }),
    ...timesOf(form, like),
  }
}

/** A closing time needs an opening time. A time removed from a draft is deleted. */
function timesOf({ opens, closes }: PollForm, like: StudioPoll | undefined): PollChanges {
  if (opens !== undefined && closes !== undefined) return { opens, closes }
  const gone = (['opens', 'closes', 'reveals', 'seals'] as const).filter(
    (name) => like?.state === 'draft' && like[name] !== undefined,
  )
  return { ...Object.fromEntries(gone.map((name) => [name, null])), ...(opens !== undefined && { opens }) }
}
