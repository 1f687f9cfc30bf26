import type { DecisionRequest } from '../../../protocol/decisions.ts'
import type { TrailEntry } from '../../../protocol/trail.ts'
import { requestWords } from '../decisions/request-words.ts'

type Detail = Record<string, unknown>

/** `90 s`, `10 min`. */
const duration = (ms: number): string =>
  ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`

/** What a producer did, in a colleague's words: `opened mvp`. An unknown action is shown as it is. */
export function trailWords({ action, poll, detail }: Pick<TrailEntry, 'action' | 'poll' | 'detail'>): string {
  const words = WORDS[action]
  const given = (typeof detail === 'object' && detail !== null ? detail : {}) as Detail
  if (words === undefined) return [action.replaceAll('-', ' '), poll].filter(Boolean).join(' ')
  return typeof words === 'string' ? [words, poll].filter(Boolean).join(' ') : words(given, poll)
}

const WORDS: Record<string, string | ((detail: Detail, poll: string) => string)> = {
  create: 'made the poll',
  change: ({ reason, askedBy, ...fields }, poll) =>
    `changed ${poll}: ${Object.keys(fields).join(', ')}${typeof reason === 'string' ? ` (“${reason}”)` : ''}`,
  ask: (detail, poll) =>
    `asked to ${requestWords(detail as Pick<DecisionRequest, 'action' | 'changes'>)}${poll && ` in ${poll}`}: “${String(detail.reason)}”`,
  approve: 'approved what was asked for',
  decline: 'declined what was asked for',
  open: ({ forMs }, poll) => `opened ${poll}${typeof forMs === 'number' ? ` for ${duration(forMs)}` : ''}`,
  close: 'closed',
  reveal: 'revealed',
  seal: 'sealed',
  forget: 'deleted who voted in',
  'create-show': () => 'made the show',
  'change-show': ({ askedBy, reason, ...fields }) => `changed the show: ${Object.keys(fields).join(', ')}`,
  'start-show': () => 'started the show',
  'end-show': () => 'ended the show',
  'archive-show': () => 'archived the show',
  'wipe-show': ({ run }) => `wiped the rehearsal: run ${String(run)} begins`,
  switch: ({ stickers, ...others }) =>
    `switched ${[others, (stickers ?? {}) as Detail]
      .flatMap((some) => Object.entries(some).map(([name, value]) => `${name} ${String(value)}`))
      .join(', ')}`,
  'remove-post': () => 'removed a post',
  'release-post': () => 'showed a post',
  pin: ({ text }) => (typeof text === 'string' ? `pinned “${text}”` : 'pinned a post'),
  unpin: () => 'unpinned what was pinned',
  'put-word-list': ({ language, hold, refuse }) =>
    `changed the words of ${String(language)}: ${String(hold)} held, ${String(refuse)} refused`,
  'mute-viewer': ({ forMs }) =>
    typeof forMs === 'number' ? `muted a viewer for ${duration(forMs)}` : 'muted a viewer for the show',
  'unmute-viewer': () => 'let a viewer post again',
  'make-webhook': () => 'made a webhook',
  'test-webhook': () => 'tested a webhook',
  'end-webhook': () => 'removed a webhook',
  'retry-delivery': () => 'had a webhook’s delivery sent again',
  restock: ({ pack }) => `took over the stickers of ${String(pack)}`,
}
