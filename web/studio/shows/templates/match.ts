import { DEFAULT_RULES } from '../../../../engine/shows/life.ts'
import { choices, type Template } from './template.ts'

/** Sport: two sides, the first pack of stickers, one poll for fun and one that counts. */
export const MATCH: Template = {
  id: 'match',
  title: 'A match',
  about: 'Sport: two sides against each other, posts by everybody, the player of the match',
  settings: {
    segments: [
      { segment: 'home', title: 'Home', colour: '#1d6ff2' },
      { segment: 'away', title: 'Away', colour: '#d9480f' },
    ],
    sides: ['home', 'away'],
    rules: DEFAULT_RULES,
  },
  polls: [
    {
      ...{ poll: 'who-wins', question: 'Who wins?', visibility: 'voted', voters: 'guests' },
      choices: choices({ home: 'Home', draw: 'A draw', away: 'Away' }),
    },
    {
      ...{ poll: 'player-of-the-match', question: 'Player of the match?', visibility: 'revealed' },
      choices: choices({ 'player-1': 'Player 1', 'player-2': 'Player 2', 'player-3': 'Player 3' }),
    },
  ],
}
