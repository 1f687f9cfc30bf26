import { whyUnreachable } from '../../load/why-unreachable.ts'
import { boundedText } from '../../services/http/body.ts'

/** How long a server may take to answer. */
const ANSWER_MS = 10_000
/** A hundred heads with a dozen witnesses' cosignatures are some 200 KB. */
const ANSWER_BYTES_MAX = 4 * 2 ** 20

/** A response other than 2xx. */
export class Refused extends Error {
  readonly code: string

  constructor(code: string, detail: string) {
    super(detail)
    this.code = code
  }
}

/**
 * Fetches JSON, bypassing caches.
 * @param has A field that Roar's answer always has: JSON without it is somebody else's, such as a gateway's
 * @throws Refused, or Error where there is no response
 */
export async function ask<Answer>(url: string, has: keyof Answer & string): Promise<Answer> {
  const { origin } = new URL(url)
  const response = await fetch(url, {
    signal: AbortSignal.timeout(ANSWER_MS),
    headers: { 'cache-control': 'no-cache' },
  }).catch((cause) => {
    throw new Error(`${origin} cannot be reached: ${whyUnreachable(cause)}`, { cause })
  })
  const text = await boundedText(response, ANSWER_BYTES_MAX)
  const not = (what: string, cause?: unknown) =>
    new Error(`${origin} answered ${response.status} without ${what}: is it a Roar server?`, { cause })
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch (cause) {
    throw not('JSON', cause)
  }
  if (response.ok) {
    if ((body as Answer | null)?.[has] === undefined) throw not(`\`${has}\``)
    return body as Answer
  }
  const { code = '', detail = '' } = (body ?? {}) as { code?: string; detail?: string }
  throw new Refused(code, `${response.status} ${code}: ${detail}`)
}
