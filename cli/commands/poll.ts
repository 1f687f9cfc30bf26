import * as v from 'valibot'
import type { Suspect } from '../../protocol/cohorts.ts'
import { VOTERS_MEAN, type Voters } from '../../protocol/polls.ts'
import { ConfigError } from '../../settings/config-error.ts'
import { switchSetting } from '../../settings/setting.ts'
import { duration, durationOrNone, moment, momentAhead } from '../../settings/times.ts'
import { oneOf, whole } from '../../settings/values.ts'
import { type ClientOptions, call, refused } from '../client.ts'
import { cohortsText, pollsText, pollText, type StudioPoll, type TalliedPoll } from '../poll-text.ts'
import { awaited, Progress } from '../progress.ts'
import { ANSWERED, CLIENT, flag, many, print, printAnswer, titled } from './client-command.ts'
import { command } from './command.ts'

const WATCH_MS = 1_000

const TIMES = {
  opens: flag(moment, 'When voting opens. Default: with roar poll open.', 'TIME'),
  closes: flag(momentAhead, 'When voting closes.', 'TIME'),
  for: flag(duration, 'How long voting is open, instead of --closes.', 'LENGTH'),
  reveals: flag(momentAhead, 'When everybody sees the counts and the right answer.', 'TIME'),
  seals: flag(momentAhead, 'When the poll is sealed.', 'TIME'),
  'grace-ms': flag(whole(0, 86_400_000), 'The same as --grace, in milliseconds.', 'N'),
  grace: flag(durationOrNone, 'How long after closing votes are still accepted, marked as late.', 'LENGTH'),
}
const RULES = {
  question: flag(v.string(), 'The question.'),
  choice: many('A choice; repeat for each.', 'ID=TITLE'),
  kind: flag(
    oneOf('one', 'several', 'points'),
    'How viewers answer: with one choice, several choices, or points.',
    'one|several|points',
  ),
  max: flag(whole(1, 1_000_000), 'For several: the most choices. For points: the points to split.', 'N'),
  visibility: flag(
    oneOf('live', 'voted', 'closed', 'revealed'),
    'When the counts become visible.',
    'live|voted|closed|revealed',
  ),
  answer: many('The right answer of a quiz; repeatable.', 'ID'),
  voters: flag(oneOf('signed-in', 'guests', 'verified'), 'Who may vote.', 'signed-in|guests|verified'),
  ...TIMES,
}
const NOTES = `TIME is 20:00 (the next one), +10m, or 2026-11-30T20:00, with or without a zone; LENGTH is 60s, 10m or 2h30m.`

/** The settings that `roar poll` reads, in the client's form. */
type Values = Omit<ClientOptions, 'as'> & { as: string | undefined; json: boolean }

const pathOf = (show: string, poll?: string, step?: string): string =>
  ['/v1/studio/shows', show, 'polls', poll, step]
    .filter((part) => part !== undefined)
    .map((part, i) => (i === 0 ? part : encodeURIComponent(part)))
    .join('/')

const printPoll = (answered: ReturnType<typeof call>, values: Pick<Values, 'json'>): Promise<number> =>
  printAnswer(answered, values, (poll: TalliedPoll) => pollText(poll, Date.now()))

const steps = (
  [
    ['close', 'closes a poll now; late votes are accepted during its grace period'],
    ['reveal', 'makes the counts and the right answer visible to everybody'],
    ['seal', 'creates the certificate, after which nothing can change'],
    ['forget', 'deletes the key that could identify voters'],
  ] as const
).map(([step, summary]) =>
  command({
    name: `poll ${step}`,
    summary,
    args: ['SHOW', 'POLL'],
    settings: CLIENT,
    flags: ANSWERED,
    examples: [`roar poll ${step} final mvp`],
    run: (values, [show, poll]) => printPoll(stepped(values, pathOf(show!, poll!), step), values),
  }),
)

/** Takes a step and returns the poll with its counts: whoever closes or seals one wants its result. */
async function stepped(values: Values, path: string, step: string): ReturnType<typeof call> {
  using progress = new Progress()
  const done = await awaited(call(values, 'POST', `${path}/${step}`), progress, step)
  if (!done.ok) return done
  const counted = await call(values, 'GET', path)
  return counted.ok ? counted : done
}

export const commands = [
  command({
    name: 'poll create',
    summary: 'creates a poll, as a draft until it is opened by hand or on schedule',
    args: ['SHOW', 'POLL'],
    settings: CLIENT,
    flags: { ...RULES, change: switchSetting('Viewers may change their answer.'), ...ANSWERED },
    examples: [
      'roar poll create final mvp --question "Player of the match?" --choice anna=Anna --choice ben=Ben',
      'roar poll create final toss --question "Heads?" --choice h=Heads --choice t=Tails --opens 20:00 --for 60s',
    ],
    notes: NOTES,
    async run(values, [show, poll]) {
      if (values.question === undefined)
        throw new ConfigError('--question', 'is missing, such as --question "Player of the match?"')
      if (values.choice.length < 2) {
        const given =
          values.choice.length === 1 ? `${JSON.stringify(values.choice[0])} is the only one` : 'is missing'
        throw new ConfigError(
          '--choice',
          `${given}: a poll has at least two, --choice anna=Anna --choice ben=Ben`,
        )
      }
      const body = { poll, change: values.change, ...rulesOf(values) }
      const answered = call(values, 'POST', pathOf(show!), body)
      const { ok, body: made } = await answered
      if (ok) sayVoters(made.voters as Voters)
      return printPoll(answered, values)
    },
  }),
  command({
    name: 'poll change',
    summary: 'changes a poll; most fields are fixed once it is open',
    args: ['SHOW', 'POLL'],
    settings: CLIENT,
    flags: { ...RULES, ...ANSWERED },
    examples: ['roar poll change final mvp --closes +2m'],
    notes: NOTES,
    run: (values, [show, poll]) =>
      printPoll(call(values, 'PATCH', pathOf(show!, poll!), rulesOf(values)), values),
  }),
  command({
    name: 'poll open',
    summary: 'opens a poll now',
    args: ['SHOW', 'POLL'],
    settings: CLIENT,
    flags: { for: flag(duration, 'How long voting is open.', 'LENGTH'), ...ANSWERED },
    examples: ['roar poll open final mvp --for 60s'],
    notes: NOTES,
    run(values, [show, poll]) {
      const body = values.for === undefined ? undefined : { forMs: values.for }
      return printPoll(call(values, 'POST', pathOf(show!, poll!, 'open'), body), values)
    },
  }),
  ...steps,
  command({
    name: 'poll show',
    summary: 'shows a poll with all its counts, or every poll of a show',
    args: ['SHOW', '[POLL]'],
    settings: CLIENT,
    flags: ANSWERED,
    examples: ['roar poll show final', 'roar poll show final mvp --json'],
    run(values, [show, poll]) {
      const answered = call(values, 'GET', pathOf(show!, poll))
      if (poll !== undefined) return printPoll(answered, values)
      return printAnswer(answered, values, (polls: StudioPoll[]) => pollsText(polls, Date.now()))
    },
  }),
  command({
    name: 'poll cohorts',
    summary: 'shows where quarantined ballots came from, and why',
    args: ['SHOW', 'POLL'],
    settings: CLIENT,
    flags: ANSWERED,
    examples: ['roar poll cohorts final mvp'],
    run: (values, [show, poll]) =>
      printAnswer<Suspect[]>(call(values, 'GET', pathOf(show!, poll!, 'cohorts')), values, cohortsText),
  }),
  command({
    name: 'poll watch',
    summary: 'shows a poll whenever it changes, until it is sealed or you press Ctrl-C',
    args: ['SHOW', 'POLL'],
    settings: CLIENT,
    flags: ANSWERED,
    examples: ['roar poll watch final mvp'],
    run: (values, [show, poll]) => watch(values, pathOf(show!, poll!)),
  }),
  command({
    name: 'poll certificate',
    summary: 'prints the certificate of a sealed poll, for roar verify',
    args: ['SHOW', 'POLL'],
    settings: CLIENT,
    examples: ['roar poll certificate final mvp > certificate.json'],
    async run(values, [show, poll]) {
      const path = `/v1/shows/${encodeURIComponent(show!)}/polls/${encodeURIComponent(poll!)}/certificate`
      const answered = await call({ ...values, as: undefined }, 'GET', path)
      return answered.ok ? print(answered.body) : refused(answered)
    },
  }),
]

type Rules = { [Name in keyof typeof RULES]: (typeof RULES)[Name]['default'] }

/** The flags of a poll in the API's form, without those that were not given. */
function rulesOf({ choice, answer, for: openMs, ...values }: Rules): Record<string, unknown> {
  const { question, kind, max, visibility, opens, reveals, seals, voters } = values
  return {
    ...{ question, kind, max, visibility, opens, reveals, seals, voters },
    closes: closesOf(values, openMs),
    graceMs: values.grace ?? values['grace-ms'],
    ...(choice.length > 0 && { choices: choice.map(choiceIn) }),
    ...(answer.length > 0 && { answer }),
  }
}

function closesOf(
  { opens, closes }: Pick<Rules, 'opens' | 'closes'>,
  openMs: number | undefined,
): number | undefined {
  if (openMs === undefined) {
    if (closes !== undefined && opens !== undefined && closes <= opens)
      throw new ConfigError('--closes', 'is not after --opens')
    return closes
  }
  if (closes !== undefined)
    throw new ConfigError('--for', 'conflicts with --closes: only one of them can be the end')
  if (opens === undefined)
    throw new ConfigError('--for', 'needs --opens; or open by hand with roar poll open --for')
  return opens + openMs
}

function choiceIn(text: string): { choice: string; title: string } {
  const { id, title } = titled('--choice', text, 'anna=Anna')
  return { choice: id, title }
}

/** Prints who may vote, whether chosen or by default: once the poll is open nobody can change it. */
const sayVoters = (voters: Voters): void =>
  void process.stderr.write(`roar: voters: ${voters}. ${VOTERS_MEAN[voters]}\n`)

/** Polls each second. A terminal shows one table that is redrawn; elsewhere each change prints one. */
async function watch(values: Values, path: string): Promise<number> {
  let shown = ''
  for (;;) {
    const { ok, body } = await call(values, 'GET', path)
    if (!ok) return refused({ ok, body })
    const poll = body as unknown as TalliedPoll
    // A running countdown is no change for a program.
    const text = values.json
      ? `${JSON.stringify(body)}\n`
      : pollText(poll, process.stdout.isTTY ? Date.now() : undefined)
    if (text !== shown) {
      process.stdout.write(process.stdout.isTTY && !values.json ? `\x1b[H\x1b[2J${text}` : text)
      shown = text
    }
    if (poll.state === 'sealed') return 0
    await new Promise((resolve) => setTimeout(resolve, WATCH_MS))
  }
}
