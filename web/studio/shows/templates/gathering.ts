import { DEFAULT_RULES } from '../../../../engine/shows/life.ts'
import { choices, idsOf, stickers, type Template } from './template.ts'

const STICKERS = stickers(
  ['heart', 'Heart', '❤️'],
  ['applause', 'Applause', '👏'],
  ['thanks', 'Thank you', '🙏'],
  ['candle', 'Candle', '🕯️'],
  ['smile', 'Smile', '😊'],
  ['flower', 'Flower', '🌷'],
  ['music', 'Music', '🎵'],
  ['dove', 'Dove', '🕊️'],
)

/** A church service, a school's concert, a graduation: few people who know each other, guests welcome, gentle rules. */
export const GATHERING: Template = {
  id: 'gathering',
  title: 'A service or school event',
  about: 'Church, school, club: guests welcome, greetings at an easy pace, one poll for the next time',
  settings: {
    accent: '#2b8a3e',
    segments: [
      { segment: 'here', title: 'In the hall', colour: '#2b8a3e' },
      { segment: 'at-home', title: 'At home', colour: '#1971c2' },
    ],
    sides: [],
    bar: idsOf(STICKERS),
    rules: { ...DEFAULT_RULES, text: true, postEveryMs: 10_000 },
  },
  pack: { pack: 'gathering', title: 'Gathering', stickers: STICKERS },
  polls: [
    {
      ...{ poll: 'next-time', question: 'When shall we meet again?', visibility: 'voted', voters: 'guests' },
      ...{ kind: 'several', max: 2 },
      choices: choices({ saturday: 'Saturday', sunday: 'Sunday', weekday: 'A weekday evening' }),
    },
  ],
}
