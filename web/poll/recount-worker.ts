import { sha256 as hash } from '@noble/hashes/sha2.js'
import { PublicRecount } from '../../engine/polls/public-recount.ts'
import { PUBLIC_LINE_MAX, publicBallotIn } from '../../protocol/public-ballots.ts'
import type { CertificateStatement, PollDocument } from '../../sdk/src/votes/index.ts'
import type { Difference } from './differences.ts'

/*
 * Recounts all ballots of a sealed poll in a worker: a million take a minute or two, while the page stays responsive. They are
 * counted as they arrive, so memory is 22 to 33 bytes per voter and one chunk of the response.
 */

/** The page's request: the address of the poll, and what to compare with. */
export interface RecountTask {
  url: string
  statement: CertificateStatement
}

/** The worker's reports: progress, differences, or an error's code. */
export type RecountNews = { counted: number } | { faults: Difference[] } | { failed: string }

/** Ballots between two progress reports. */
const STEP = 10_000
/** How often to resume after a broken response, and the pause before, in milliseconds. */
const TRIES = 5
const PAUSE_MS = 1_000

const utf8 = new TextEncoder()
const sha256 = (data: Uint8Array | string, into: Uint8Array = new Uint8Array(32)): Uint8Array => {
  into.set(hash(typeof data === 'string' ? utf8.encode(data) : data))
  return into
}

const tell = (news: RecountNews): void => postMessage(news)

addEventListener('message', ({ data }: MessageEvent<RecountTask>) => {
  run(data).then(tell, () => tell({ failed: 'network' }))
})

async function run({ url, statement }: RecountTask): Promise<RecountNews> {
  let recount: PublicRecount | undefined
  let counted = 0
  for (let failures = 0; ; ) {
    const before = counted
    try {
      if (recount === undefined) {
        const asked = await fetch(url)
        if (!asked.ok) return { failed: await codeOf(asked) }
        recount = new PublicRecount(sha256, statement, (await asked.json()) as PollDocument)
      }
      const response = await fetch(`${url}/ballots?from=${counted}`)
      if (!response.ok) return { failed: await codeOf(response) }
      for await (const line of linesOf(response.body!)) {
        let isWithin: boolean
        try {
          isWithin = recount.add(publicBallotIn(line))
        } catch {
          // An unreadable ballot is not in the certificate: there is no point in continuing.
          return { faults: ['unreadable'] }
        }
        if (!isWithin) break
        if (++counted % STEP === 0) tell({ counted })
      }
      // Each starts with what differs; the numbers after it are for those who read certificates.
      return { faults: recount.faults().map((fault) => fault.split(':')[0] as Difference) }
    } catch (cause) {
      // Resumes at the line where the response broke off.
      failures = counted > before ? 1 : failures + 1
      if (failures > TRIES) throw cause
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * failures))
    }
  }
}

const codeOf = (response: Response): Promise<string> =>
  response.json().then(
    ({ code }: { code: string }) => code,
    () => 'network',
  )

/** Whole lines only: half a line means the response broke off. @throws when a line is longer than any ballot */
async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body
    .pipeThrough(
      new TextDecoderStream('utf-8', { ignoreBOM: true }) as ReadableWritablePair<string, Uint8Array>,
    )
    .getReader()
  let rest = ''
  for (;;) {
    const { value, done } = await reader.read()
    if (done) break
    const lines = (rest + value).split('\n')
    rest = lines.pop()!
    if (rest.length > PUBLIC_LINE_MAX) throw new RangeError('a line is longer than any ballot')
    yield* lines
  }
  if (rest !== '') throw new RangeError('the answer broke off')
}
