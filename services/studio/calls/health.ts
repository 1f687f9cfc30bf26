import * as v from 'valibot'
import { answer, call } from '../../http/call/call.ts'
import { component, flag, text, time } from '../../http/call/schemas.ts'
import { type PartState, wordsOf } from '../../supervision/supervisor.ts'
import type { StudioContext } from '../context.ts'

interface ShowHealth {
  working: boolean
  parts: { part: string; state: PartState['state']; words: string; sinceMs?: number }[]
}
const HealthSchema = component<ShowHealth>()(
  'ShowHealth',
  v.object({
    working: v.pipe(flag, v.description('Whether every part is working')),
    parts: v.array(
      v.object({
        part: text,
        state: v.picklist(['starting', 'working', 'waiting', 'failed']),
        words: v.pipe(text, v.description('For people; may change')),
        sinceMs: v.exactOptional(v.pipe(time, v.description('Since when it waits'))),
      }),
    ),
  }),
)

export const getShowHealth = call({
  id: 'getShowHealth',
  method: 'GET',
  path: '/v1/studio/shows/{show}/health',
  tag: 'Studio',
  summary: 'See whether everything behind a show is working, in words',
  description:
    'Covers the process that answers: all of `roar up`; in a cluster the studio, with its log and its store.',
  who: 'member',
  answers: {
    200: answer('Its parts', HealthSchema, {
      working: false,
      parts: [
        {
          part: 'log',
          state: 'waiting',
          words: 'log is waiting: no broker answers',
          sinceMs: 1_795_349_712_000,
        },
      ],
    }),
  },
}).handle(({ states }: StudioContext) => {
  const parts = Object.entries(states()).map(([part, state]) => ({
    part,
    state: state.state,
    words: wordsOf(part, state),
    ...('sinceMs' in state && { sinceMs: state.sinceMs }),
  }))
  return { status: 200, body: { working: parts.every(({ state }) => state === 'working'), parts } }
})
