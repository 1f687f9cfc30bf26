import { DEFAULT_RULES } from '../../../../engine/shows/life.ts'
import { choices, idsOf, stickers, type Template } from './template.ts'

const STICKERS = stickers(
  ['applause', 'Applause', '👏'],
  ['trophy', 'Trophy', '🏆'],
  ['heart', 'Heart', '❤️'],
  ['star', 'Star', '⭐'],
  ['gown', 'What a gown', '👗'],
  ['glasses', 'Cheers', '🥂'],
  ['tears', 'Moved', '🥹'],
  ['surprise', 'Surprise', '😱'],
  ['clapper', 'Film', '🎬'],
  ['music', 'Music', '🎶'],
)
const NOMINEES = { 'nominee-1': 'Nominee 1', 'nominee-2': 'Nominee 2', 'nominee-3': 'Nominee 3' }

/** One prize after another: each a poll whose counts nobody sees before the envelope is opened. */
export const AWARDS: Template = {
  id: 'awards',
  title: 'An award night',
  about: 'The audience’s prizes, hidden until each is revealed; a best-dressed poll for fun',
  settings: {
    accent: '#b8860b',
    segments: [],
    sides: [],
    bar: idsOf(STICKERS),
    rules: { ...DEFAULT_RULES, postEveryMs: 5_000 },
  },
  pack: { pack: 'awards', title: 'Award night', stickers: STICKERS },
  polls: [
    ...['Best film', 'Best song', 'Best newcomer'].map((prize) => ({
      ...{ poll: prize.toLowerCase().replaceAll(' ', '-'), question: `${prize}: your vote?` },
      ...({ visibility: 'revealed', voters: 'signed-in', publish: true } as const),
      choices: choices(NOMINEES),
    })),
    {
      ...{ poll: 'best-dressed', question: 'Best dressed?', visibility: 'live', voters: 'guests' },
      choices: choices({ 'guest-1': 'Guest 1', 'guest-2': 'Guest 2', 'guest-3': 'Guest 3' }),
    },
  ],
}
