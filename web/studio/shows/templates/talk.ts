import { DEFAULT_RULES } from '../../../../engine/shows/life.ts'
import { choices, type Template } from './template.ts'

/** One audience that listens: texts at an easy pace, one question back. */
export const TALK: Template = {
  id: 'talk',
  title: 'A talk or keynote',
  about: 'One audience, posts with text, a post each ten seconds, one question to the audience',
  settings: { segments: [], sides: [], rules: { ...DEFAULT_RULES, text: true, postEveryMs: 10_000 } },
  polls: [
    {
      ...{ poll: 'how-was-it', question: 'How was it?', visibility: 'voted', voters: 'guests' },
      choices: choices({ great: 'Great', good: 'Good', fair: 'Fair', poor: 'Poor' }),
    },
  ],
}
