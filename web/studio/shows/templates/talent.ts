import { DEFAULT_RULES } from '../../../../engine/shows/life.ts'
import { choices, idsOf, stickers, type Template } from './template.ts'

const STICKERS = stickers(
  ['applause', 'Applause', '👏'],
  ['heart', 'Heart', '❤️'],
  ['star', 'Star', '🌟'],
  ['goosebumps', 'Goosebumps', '🥹'],
  ['fire', 'On fire', '🔥'],
  ['wow', 'Wow', '🤩'],
  ['mic', 'What a voice', '🎤'],
  ['dance', 'What a dance', '🕺'],
  ['laugh', 'Laughing', '😂'],
  ['golden', 'Golden buzzer', '🔔'],
)

/** Acts on a stage and a vote that decides: one account, one vote, counts only when they are revealed. */
export const TALENT: Template = {
  id: 'talent',
  title: 'A talent show',
  about: 'A vote that decides, open for everybody to check; a favourite for fun; posts, no texts',
  settings: {
    accent: '#c2255c',
    segments: [],
    sides: [],
    bar: idsOf(STICKERS),
    rules: { ...DEFAULT_RULES, postEveryMs: 5_000 },
  },
  pack: { pack: 'talent', title: 'Talent show', stickers: STICKERS },
  polls: [
    {
      ...{ poll: 'warm-up', question: 'Who surprises us tonight?', visibility: 'voted', voters: 'guests' },
      choices: choices({ 'act-1': 'Act 1', 'act-2': 'Act 2', 'act-3': 'Act 3', 'act-4': 'Act 4' }),
    },
    {
      ...{ poll: 'winner', question: 'Who wins the show?', visibility: 'revealed', voters: 'signed-in' },
      // For viewers whose picture is delayed.
      ...{ change: true, graceMs: 10_000, publish: true },
      choices: choices({ 'act-1': 'Act 1', 'act-2': 'Act 2', 'act-3': 'Act 3', 'act-4': 'Act 4' }),
    },
  ],
}
