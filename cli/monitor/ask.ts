import { boundedText } from '../../services/http/body.ts'

/** How long a server may take to answer, in milliseconds. */
const ANSWER_MS = 10_000
/** A hundred heads with the cosignatures of a dozen witnesses are some 200 KB. */
const ANSWER_BYTES_MAX = 4 * 2 ** 20

/** An answer that is no 2xx. */
export class Refused extends Error {
  readonly code: string

  constructor(code: string, detail: string) {
    super(detail)
    this.code = code
  }
}

/** The JSON that a server answers, whatever is cached between. @throws Refused, or Error where there is no answer */
export async function ask<Answer>(url: string): Promise<Answer> {
  const response = await fetch(url, {
    signal: AbortSignal.timeout(ANSWER_MS),
    headers: { 'cache-control': 'no-cache' },
  })
  const body: unknown = JSON.parse(await boundedText(response, ANSWER_BYTES_MAX))
  if (response.ok) return body as Answer
  const { code = '', detail = '' } = body as { code?: string; detail?: string }
  throw new Refused(code, `${response.status} ${code}: ${detail}`)
}
