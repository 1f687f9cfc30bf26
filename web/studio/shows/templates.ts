import { DEFAULT_RULES } from '../../../engine/shows/life.ts'
import type { ShowSettings } from '../../../protocol/show.ts'

export interface Template {
  id: string
  title: string
  about: string
  settings: Partial<ShowSettings>
}

/** What a new show may begin from. Everything in them can be changed afterwards. */
export const TEMPLATES: Template[] = [
  {
    id: 'match',
    title: 'A match',
    about: 'Two sides against each other, posts by everybody',
    settings: {
      segments: [
        { segment: 'home', title: 'Home', colour: '#1d6ff2' },
        { segment: 'away', title: 'Away', colour: '#d9480f' },
      ],
      sides: ['home', 'away'],
      rules: DEFAULT_RULES,
    },
  },
  {
    id: 'vote',
    title: 'A vote',
    about: 'Polls that count: viewers sign in, no posts',
    settings: {
      segments: [],
      sides: [],
      rules: { ...DEFAULT_RULES, guests: false, posts: false, rooms: false },
    },
  },
  {
    id: 'talk',
    title: 'A talk or keynote',
    about: 'One audience, posts with text, a post each ten seconds',
    settings: { segments: [], sides: [], rules: { ...DEFAULT_RULES, text: true, postEveryMs: 10_000 } },
  },
]
