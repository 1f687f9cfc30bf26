import { DEFAULT_RULES } from '../../../../engine/shows/life.ts'
import { choices, idsOf, stickers, type Template } from './template.ts'

const STICKERS = stickers(
  ['gg', 'Good game', '🤝'],
  ['hype', 'Hype', '🔥'],
  ['clutch', 'Clutch', '🎯'],
  ['ace', 'Ace', '🅰️'],
  ['pog', 'What a play', '😮'],
  ['lol', 'Laughing', '😂'],
  ['rip', 'Knocked out', '💀'],
  ['salt', 'Salty', '🧂'],
  ['heart', 'Heart', '❤️'],
  ['trophy', 'Trophy', '🏆'],
)

/** A series between two teams: quick stickers, texts, a prediction before each map. */
export const ESPORT: Template = {
  id: 'esport',
  title: 'An e-sport series',
  about: 'Two teams, texts, predictions map by map, the most valuable player',
  settings: {
    accent: '#7a3ff2',
    segments: [
      { segment: 'blue', title: 'Blue team', colour: '#2f6fed' },
      { segment: 'red', title: 'Red team', colour: '#d6293e' },
    ],
    sides: ['blue', 'red'],
    bar: idsOf(STICKERS),
    rules: { ...DEFAULT_RULES, text: true, postEveryMs: 5_000 },
  },
  pack: { pack: 'esport', title: 'E-sport', stickers: STICKERS },
  polls: [
    ...[1, 2, 3].map((map) => ({
      ...{ poll: `map-${map}`, question: `Who takes map ${map}?` },
      ...({ visibility: 'voted', voters: 'guests' } as const),
      choices: choices({ blue: 'Blue team', red: 'Red team' }),
    })),
    {
      ...{ poll: 'mvp', question: 'Most valuable player?', visibility: 'revealed' },
      choices: choices({ 'player-1': 'Player 1', 'player-2': 'Player 2', 'player-3': 'Player 3' }),
    },
  ],
}
