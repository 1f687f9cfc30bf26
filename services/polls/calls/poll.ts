import { countsAreSeen } from '../../../engine/polls/life.ts'
import { RoarError } from '../../../protocol/errors.ts'
import { type PollDocument, type Receipt, stateOf } from '../../../protocol/polls.ts'
import { answer, call } from '../../http/call/call.ts'
import type { PollsContext } from '../context.ts'
import { countsOf, publishedOf } from '../desk.ts'
import { EXAMPLE_POLL, PollSchema } from '../schemas.ts'

/** How long a CDN may keep a running poll. */
const MAX_AGE_S = 1

export const getPoll = call({
  id: 'getPoll',
  method: 'GET',
  path: '/v1/shows/{show}/polls/{poll}',
  tag: 'Polls',
  summary: 'Get a poll',
  description:
    'The poll and, where its rule shows them, its counts. With a token also the receipt of the viewer’s own ballot.',
  who: 'maybe-viewer',
  answers: { 200: answer('The poll', PollSchema, { ...EXAMPLE_POLL, ballots: 12_345 }) },
  errors: ['store_unavailable'],
  cached: true,
}).handle(async (context: PollsContext, { params: { show, poll }, caller }) => {
  const mine = caller && (await receiptOf(context, { show, poll, key: caller.key }))
  return { status: 200, maxAgeS: MAX_AGE_S, body: documentOf(context, { show, poll, mine }) }
})

/** The receipt of the viewer's newest ballot. */
async function receiptOf(
  { keys, box }: PollsContext,
  { show, poll, key }: { show: string; poll: string; key: string },
): Promise<Receipt | undefined> {
  const voter = await keys.voterOf(show, poll, key)
  return voter === undefined ? undefined : (await box.newest(show, poll, voter))?.receipt()
}

function documentOf(
  { directory, desk }: PollsContext,
  { show, poll: id, mine }: { show: string; poll: string; mine: Receipt | undefined },
): PollDocument {
  const whole = directory.poll(show, id).poll
  const { revealed: _, sealed: __, sealing: ___, forgotten: ____, reached: _____, answer, ...rest } = whole
  const { wiped: ______, ...poll } = rest
  const now = desk.now()
  const state = stateOf(whole, now)
  const packet = desk.packet(show, id)
  if (packet === undefined) throw new RoarError('unknown_poll', 'the poll is not open yet')
  const { ballots, ...counts } = countsOf(publishedOf(desk.tally(show, id).result(whole)))
  const isRevealed = state === 'revealed' || state === 'sealed'
  return {
    ...poll,
    state,
    version: packet.version,
    ballots,
    ...(countsAreSeen(whole, now, { mine: mine !== undefined }) ? counts : {}),
    ...(isRevealed && answer !== undefined ? { answer } : {}),
    ...(mine === undefined ? {} : { mine }),
  }
}
