import type { ShowDocument } from '../protocol/show.ts'
import type { Viewers } from '../protocol/viewers.ts'
import { hostOf, isThisMachine } from '../services/http/ip.ts'
import { wholes } from './verdict.ts'

/** The newest count is among the first messages of a connection: if it has not arrived by then, the server has none. */
const WAIT_MS = 2000
/** Stop reading the stream after this many characters. */
const TEXT_MAX = 100_000

/**
 * About how many viewers the server last reported for a show.
 * @returns 0 if it reports nothing: a show without viewers has no count, nor does one whose edges require a token.
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
    // If the server does not answer, the run itself reports why.
  }
  return 0
}

/**
 * Why taps should not be sent without confirmation: from elsewhere, nobody knows who is watching on that server. Undefined, so
 * allowed, on one's own machine and in a rehearsal.
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
