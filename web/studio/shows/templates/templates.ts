import { DEFAULT_RULES } from '../../../../engine/shows/life.ts'
import { AWARDS } from './awards.ts'
import { DEBATE } from './debate.ts'
import { ESPORT } from './esport.ts'
import { GATHERING } from './gathering.ts'
import { MATCH } from './match.ts'
import { TALENT } from './talent.ts'
import { TALK } from './talk.ts'
import type { Template } from './template.ts'

const EMPTY: Template = {
  id: 'empty',
  title: 'An empty show',
  about: 'One audience, the first pack of stickers, no polls yet',
  settings: { segments: [], sides: [], rules: DEFAULT_RULES },
  polls: [],
}

/** In the order in which they are offered. */
export const TEMPLATES: readonly Template[] = [
  ...[MATCH, ESPORT, TALENT, AWARDS, DEBATE, TALK, GATHERING],
  EMPTY,
]
