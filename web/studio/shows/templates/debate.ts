import { DEFAULT_RULES } from '../../../../engine/shows/life.ts'
import { choices, idsOf, stickers, type Template } from './template.ts'

const STICKERS = stickers(
  ['agree', 'Agree', '👍'],
  ['disagree', 'Disagree', '👎'],
  ['applause', 'Applause', '👏'],
  ['thinking', 'Food for thought', '🤔'],
  ['doubt', 'Doubtful', '🤨'],
  ['well-said', 'Well said', '💬'],
  ['source', 'Source, please', '🔎'],
  ['calm', 'Stay calm', '🧘'],
)

/** News: no sides of the audience, no posts under names, the same question before and after. */
export const DEBATE: Template = {
  id: 'debate',
  title: 'A news debate',
  about: 'The same question before and after, a vote for each account, no posts',
  settings: {
    accent: '#0b7285',
    segments: [],
    sides: [],
    bar: idsOf(STICKERS),
    rules: { ...DEFAULT_RULES, posts: false, rooms: false },
  },
  pack: { pack: 'debate', title: 'Debate', stickers: STICKERS },
  polls: [
    {
      ...{ poll: 'before', question: 'Before the debate: are you for it?', visibility: 'closed' },
      ...{ voters: 'signed-in' },
      choices: choices({ for: 'For', against: 'Against', undecided: 'Undecided' }),
    },
    {
      ...{ poll: 'after', question: 'After the debate: are you for it?', visibility: 'revealed' },
      ...{ voters: 'signed-in', publish: true },
      choices: choices({ for: 'For', against: 'Against', undecided: 'Undecided' }),
    },
    {
      ...{ poll: 'topics', question: 'What should be talked about next?', visibility: 'live' },
      ...{ kind: 'several', max: 3, voters: 'guests' },
      choices: choices({ housing: 'Housing', health: 'Health', schools: 'Schools', climate: 'Climate' }),
    },
  ],
}
