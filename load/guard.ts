import type { ShowDocument } from '../protocol/show.ts'
import type { Viewers } from '../protocol/viewers.ts'
import { hostOf, isThisMachine } from '../services/http/ip.ts'
import { wholes } from './verdict.ts'

/** The newest count comes with the first values of a connection: who has not said it by then does not know it. */
const WAIT_MS = 2000
/** A stream is not read on for ever in search of it. */
const TEXT_MAX = 100_000

/**
 * How many viewers the server last said watch a show, about.
 * @returns 0 where it says nothing: a show that nobody watches has no count, nor has one whose edges demand a token.
 */
export async function watchingNow({ url, show }: { url: string; show: string }): Promise<number> {
  const signal = AbortSignal.timeout(WAIT_MS)
  try {
    const response = await fetch(new URL(`/v1/shows/${show}/events`, url), { signal })
    let text = ''
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk
      const said = /^event: viewers\ndata: (.+)\n\n/m.exec(text)
      if (said !== null) return (JSON.parse(said[1]!) as Viewers).viewers
      if (text.length > TEXT_MAX) break
    }
  } catch {
    // The run says by itself what is wrong with a server that does not answer.
  }
  return 0
}

/**
 * Why taps should not be sent without a second thought: whoever tries a server from elsewhere does not know who watches
 * there. On one's own machine and in a rehearsal they may; undefined.
 */
export async function refusalOf(
  url: string,
  { show, rehearsal }: Pick<ShowDocument, 'show' | 'rehearsal'>,
  watching = watchingNow,
): Promise<string | undefined> {
  if (rehearsal === true || isThisMachine(hostOf(new URL(url)))) return undefined
  const viewers = await watching({ url, show })
  if (viewers === 0) return undefined
  return `"${show}" at ${url} has ${wholes(viewers, 'viewer')}, who would see these taps: pass --real if that is intended, or use a rehearsal`
}
