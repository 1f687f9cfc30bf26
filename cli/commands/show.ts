import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { ConfigError } from '../../settings/config-error.ts'
import { whyUnreadable } from '../../settings/files.ts'
import { switchSetting } from '../../settings/setting.ts'
import { moment } from '../../settings/times.ts'
import { parseToml } from '../../settings/toml.ts'
import { oneOf } from '../../settings/values.ts'
import { call, refused } from '../client.ts'
import { type StudioShow, showsText, showText } from '../show-text.ts'
import { ANSWERED, CLIENT, flag, many, print, printAnswer, titled } from './client-command.ts'
import { command } from './command.ts'

const PAGE = 200

const SETTINGS = {
  title: flag(v.string(), 'The name of the show.'),
  language: flag(v.string(), 'The language of the show, such as en or pt-BR.', 'LANGUAGE'),
  accent: flag(v.string(), 'The accent colour.', '#RRGGBB'),
  starts: flag(moment, 'When the show starts. Default: with roar show start.', 'TIME'),
  ends: flag(moment, 'When the show ends. Default: with roar show end.', 'TIME'),
  video: flag(v.string(), 'The stream to play: an HLS playlist or a video file.', 'ADDRESS'),
  segment: many('A segment of the audience; repeat for each.', 'ID=TITLE'),
  pack: many('A sticker pack; repeat for each. Default: classic.', 'ID'),
  sticker: many('A sticker of the bar; repeat for each, in order.', 'ID'),
}
type Values = { [Name in keyof typeof SETTINGS]: (typeof SETTINGS)[Name]['default'] }

const pathOf = (show: string, step?: string): string =>
  ['/v1/studio/shows', encodeURIComponent(show), ...(step === undefined ? [] : [step])].join('/')

const printShow = (answered: ReturnType<typeof call>, values: { json: boolean }): Promise<number> =>
  printAnswer(answered, values, (show: StudioShow) => showText(show, Date.now()))

const steps = (
  [
    ['start', 'begins a show now'],
    ['end', 'ends a show now: viewers can no longer send anything'],
    ['archive', 'archives an ended show'],
    ['wipe', 'resets a rehearsal: deletes everything that viewers did in it'],
  ] as const
).map(([step, summary]) =>
  command({
    name: `show ${step}`,
    summary,
    args: ['SHOW'],
    settings: CLIENT,
    flags: ANSWERED,
    examples: [`roar show ${step} semi`],
    run: (values, [show]) => printShow(call(values, 'POST', pathOf(show!, step)), values),
  }),
)

export const commands = [
  command({
    name: 'show create',
    summary: 'creates a show, which starts at its time or by hand',
    args: ['SHOW'],
    settings: CLIENT,
    flags: {
      ...SETTINGS,
      rehearsal: switchSetting(
        'Make it a rehearsal, which roar show wipe can reset. Cannot be changed later.',
      ),
      ...ANSWERED,
    },
    examples: [
      'roar show create semi --title "The semi-final" --segment home=Home --segment away=Away --starts 20:00',
      'roar show create semi-rehearsal --title "The semi-final, rehearsed" --rehearsal',
    ],
    run(values, [show]) {
      if (values.title === undefined)
        throw new ConfigError('--title', 'is missing, such as --title "The semi-final"')
      const body = { show, ...settingsOf(values), ...(values.rehearsal && { rehearsal: true }) }
      return printShow(call(values, 'POST', '/v1/studio/shows', body), values)
    },
  }),
  command({
    name: 'show set',
    summary: 'changes a show; settings not given stay as they are',
    args: ['SHOW'],
    settings: CLIENT,
    flags: { ...SETTINGS, ...ANSWERED },
    examples: ['roar show set semi --video https://video.example/live.m3u8 --ends +2h'],
    run: (values, [show]) => printShow(call(values, 'PATCH', pathOf(show!), settingsOf(values)), values),
  }),
  command({
    name: 'show apply',
    summary: 'creates or changes a show from a file',
    args: ['FILE'],
    settings: CLIENT,
    flags: ANSWERED,
    examples: ['roar show apply show.toml'],
    notes: `The file is TOML with the names of the API: show, title, language, accent, starts and ends (as
2026-11-30T20:00:00Z or in milliseconds since 1970), video, segments, sides, packs, bar, rules, rehearsal.`,
    async run(values, [file]) {
      const { show, ...made } = read(file!)
      const known = await call(values, 'GET', pathOf(show))
      // `rehearsal` is fixed when a show is created: for an existing one it is only compared, and not sent.
      const { rehearsal = false, ...settings } = made
      if (known.ok && rehearsal !== (known.body.rehearsal ?? false))
        throw new ConfigError(
          file!,
          `rehearsal is ${rehearsal}, but this cannot be changed after ${show} was created`,
        )
      if (known.ok) return printShow(call(values, 'PATCH', pathOf(show), settings), values)
      return printShow(call(values, 'POST', '/v1/studio/shows', { show, ...made }), values)
    },
  }),
  command({
    name: 'show list',
    summary: 'lists shows; archived ones only with --state archived',
    settings: CLIENT,
    flags: {
      state: flag(
        oneOf('scheduled', 'live', 'ended', 'archived'),
        'Only shows in this state.',
        'scheduled|live|ended|archived',
      ),
      ...ANSWERED,
    },
    examples: ['roar show list', 'roar show list --state live --json'],
    async run({ state, json, ...values }) {
      const shows: StudioShow[] = []
      for (let after = ''; ; after = shows.at(-1)!.show) {
        const query = new URLSearchParams({
          limit: String(PAGE),
          ...(state && { state }),
          ...(after && { after }),
        })
        const { ok, body } = await call(values, 'GET', `/v1/studio/shows?${query}`)
        if (!ok) return refused({ ok, body })
        const page = body as unknown as StudioShow[]
        shows.push(...page)
        if (page.length < PAGE) break
      }
      return print(json ? shows : showsText(shows))
    },
  }),
  command({
    name: 'show switch',
    summary: 'switches posts, the feed, texts, stickers or the sampling of reactions, at once and everywhere',
    args: ['SHOW'],
    settings: CLIENT,
    flags: {
      posts: flag(oneOf('on', 'off'), 'Whether viewers may post.', 'on|off'),
      feed: flag(oneOf('on', 'off', 'slow'), 'slow: one post per viewer every ten seconds.', 'on|off|slow'),
      text: flag(
        oneOf('on', 'off', 'held'),
        'Whether posts may contain text. held: a moderator approves each first.',
        'on|off|held',
      ),
      reactions: flag(
        oneOf('on', 'sampled'),
        'sampled: clients send a sample, and counts are estimates.',
        'on|sampled',
      ),
      'sticker-off': many('A sticker to hide; repeat for each.', 'ID'),
      'sticker-on': many('A sticker to show again; repeat for each.', 'ID'),
      ...ANSWERED,
    },
    examples: ['roar show switch final --posts off', 'roar show switch final --sticker-off fire'],
    run({ posts, feed, text, reactions, ...values }, [show]) {
      const to = (stickers: readonly string[], state: 'on' | 'off') =>
        stickers.map((sticker) => [sticker, state])
      const stickers = Object.fromEntries([
        ...to(values['sticker-off'], 'off'),
        ...to(values['sticker-on'], 'on'),
      ])
      const body = { posts, feed, text, reactions, ...(Object.keys(stickers).length > 0 && { stickers }) }
      return printShow(call(values, 'PATCH', pathOf(show!, 'switches'), body), values)
    },
  }),
  ...steps,
]

/** The flags of a show in the API's form, without those that were not given. */
function settingsOf({ segment, pack, sticker, video, ...values }: Values): Record<string, unknown> {
  const { title, language, accent, starts, ends } = values
  return {
    ...{ title, language, accent, starts, ends },
    ...(video !== undefined && { video: { url: video } }),
    ...(segment.length > 0 && { segments: segment.map(segmentIn) }),
    ...(pack.length > 0 && { packs: pack }),
    ...(sticker.length > 0 && { bar: sticker }),
  }
}

function segmentIn(text: string): { segment: string; title: string } {
  const { id, title } = titled('--segment', text, 'home=Home')
  return { segment: id, title }
}

/** The deepest nesting of tables; a show needs three. */
const DEPTH_MAX = 16

/**
 * Converts TOML values to JSON: a date with time and zone becomes milliseconds. Refuses numbers that JSON lacks: they would
 * become `null` and remove a setting. @throws Error
 */
function asJson(value: unknown, path: readonly string[] = []): unknown {
  const not = (what: string) => new Error(`${path.slice(0, DEPTH_MAX).join('.')} ${what}`)
  if (typeof value === 'number' && !Number.isFinite(value))
    throw not(`is ${value}, which is not a number that JSON has`)
  if (typeof value !== 'object' || value === null) return value
  if (path.length > DEPTH_MAX) throw not('is nested too deeply')
  if (Array.isArray(value)) return value.map((each, i) => asJson(each, [...path, `${i}`]))
  if ('epochMilliseconds' in value && !isTable(value)) return value.epochMilliseconds
  if (!isTable(value))
    throw not(`is ${value}, which has no day, no time or no zone: 2026-11-30T20:00:00Z has`)
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, asJson(each, [...path, name])]),
  )
}

const isTable = (value: object): boolean =>
  [Object.prototype, null].includes(Object.getPrototypeOf(value) as typeof Object.prototype | null)

/** @throws ConfigError for a file that cannot be read or does not describe a show */
function read(file: string): { show: string } & Record<string, unknown> {
  let document: unknown
  try {
    document = asJson(parseToml(readFileSync(file, 'utf8')))
  } catch (cause) {
    throw new ConfigError(file, `cannot be read: ${whyUnreadable(cause)}`)
  }
  const { show, ...settings } = document as Record<string, unknown>
  if (typeof show !== 'string') throw new ConfigError(file, 'show is missing, such as show = "semi"')
  return { show, ...settings }
}
