import { RoarError } from '../../protocol/errors.ts'
import { isId } from '../../protocol/ids.ts'
import type { MoodPacket } from '../../protocol/packets.ts'
import { moodTopic } from '../../protocol/topics.ts'
import { cacheableResponse } from '../http/responses.ts'
import type { Handler } from '../http/routes.ts'
import { targetOf } from '../http/target.ts'
import type { Topics } from './topics.ts'

/** What a route needs to know about shows. */
export interface ShowQuestions {
  showExists: (show: string) => boolean
  segmentExists: (show: string, segment: string) => boolean
}

/** The show and the segment that a request names. Throws `unknown_show` or `unknown_segment`. */
export function audienceOf(
  request: { url: string; params: Record<string, string> },
  { showExists, segmentExists }: ShowQuestions,
): { show: string; segment: string } {
  const show = request.params.show ?? ''
  if (!isId(show) || !showExists(show)) throw new RoarError('unknown_show', 'There is no such show')
  const segment = targetOf(request).query.get('segment') ?? ''
  if (segment !== '' && !(isId(segment) && segmentExists(show, segment))) {
    throw new RoarError('unknown_segment', 'The show has no such segment')
  }
  return { show, segment }
}

/**
 * `GET /v1/shows/{show}/mood`: the newest mood packet, for clients that can hold no connection. A cache may keep it for
 * one window, rounded up to whole seconds. Before the first packet it is an empty one.
 */
export function moodRoute({
  topics,
  windowMs,
  ...questions
}: { topics: Topics; windowMs: number } & ShowQuestions): Handler {
  const maxAgeS = Math.ceil(windowMs / 1000)
  const empty: MoodPacket = { at: 0, ms: windowMs, n: 0, total: 0, top: [] }
  const text = new TextDecoder()
  return (request) => {
    const { show, segment } = audienceOf(request, questions)
    const packet = topics.get(moodTopic(show, segment))?.value
    return cacheableResponse(request, packet ? text.decode(packet) : JSON.stringify(empty), { maxAgeS })
  }
}
