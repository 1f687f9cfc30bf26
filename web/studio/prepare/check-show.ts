import { settingsOf } from '../../../engine/shows/life.ts'
import type { StudioPoll, StudioShow } from '../api/queries.ts'

/** Something that would go wrong on the night, or is probably unintended. */
export interface Finding {
  /** `wrong`: it will go wrong. `look`: it may be intended. */
  weight: 'wrong' | 'look'
  words: string
}

/** What a rehearsal would find, without one. Pure: the caller supplies the time. */
export function checkShow(show: StudioShow, polls: readonly StudioPoll[], now: number): Finding[] {
  return [
    ...checkItself(show, now),
    ...polls.flatMap((poll) => checkPoll(poll, show)),
    ...checkOverlaps(polls),
  ]
}

function checkItself(show: StudioShow, now: number): Finding[] {
  const { starts, state, stickers, segments, video } = show
  const { bar, sides, rules } = settingsOf(show)
  const found: Finding[] = []
  if (starts === undefined && state === 'scheduled')
    found.push(look('The show has no time: somebody has to start it by hand.'))
  if (starts !== undefined && starts < now && state === 'scheduled')
    found.push(wrong('The show’s time is over and it has not begun.'))
  if (stickers.length === 0) found.push(wrong('There are no stickers: viewers can send nothing.'))
  else if (bar.length === 0)
    found.push(look('No sticker is in the bar: viewers find all of them in the browser alone.'))
  if (sides.length === 1)
    found.push(look('One side stands alone: a mood needs two to be against each other.'))
  for (const { title, colour } of segments)
    if (colour === undefined) found.push(look(`${title} has no colour.`))
  if (!rules.guests && rules.posts) found.push(look('Only viewers who signed in can post.'))
  if (video === undefined) found.push(look('The stage has no video: it shows the name of the show.'))
  return found
}

function checkPoll(poll: StudioPoll, show: StudioShow): Finding[] {
  const { question, opens, closes, answer, state, choices, visibility, voters } = poll
  const found: Finding[] = []
  if (state === 'sealed') return found
  const { starts, ends } = show
  const name = `“${question}”`
  if (state === 'draft' && opens !== undefined) {
    if (starts !== undefined && opens < starts) found.push(wrong(`${name} opens before the show begins.`))
    if (ends !== undefined && opens >= ends) found.push(wrong(`${name} opens when the show is over.`))
    if (closes === undefined) found.push(look(`${name} opens by itself and nothing closes it.`))
  }
  if (closes !== undefined && ends !== undefined && closes > ends)
    found.push(wrong(`${name} is open when the show ends.`))
  if (answer !== undefined && answer.length > 0 && visibility === 'live')
    found.push(look(`${name} has a right answer, and everybody sees how the others vote.`))
  if (voters !== 'guests' && show.rules?.guests && state === 'draft')
    found.push(look(`${name} takes no votes of guests.`))
  const titles = choices.map(({ title }) => title.trim().toLocaleLowerCase())
  if (new Set(titles).size < titles.length) found.push(wrong(`${name} has two choices of one name.`))
  return found
}

/** On a phone one poll covers the other. */
function checkOverlaps(polls: readonly StudioPoll[]): Finding[] {
  const timed = polls
    .filter(({ state, opens }) => state === 'draft' && opens !== undefined)
    .toSorted((a, b) => a.opens! - b.opens!)
  return timed.slice(1).flatMap((poll, i) => {
    const { question, closes } = timed[i]!
    return closes === undefined || closes > poll.opens!
      ? [look(`“${poll.question}” opens while “${question}” is open.`)]
      : []
  })
}

const wrong = (words: string): Finding => ({ weight: 'wrong', words })
const look = (words: string): Finding => ({ weight: 'look', words })
