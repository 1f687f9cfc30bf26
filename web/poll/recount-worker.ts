import { sha256 as hash } from '@noble/hashes/sha2.js'
import { PublicRecount } from '../../engine/polls/public-recount.ts'
import { PUBLIC_LINE_MAX, publicBallotIn } from '../../protocol/public-ballots.ts'
import type { CertificateStatement } from '../../sdk/src/votes/index.ts'
import type { Difference } from './differences.ts'

/*
 * Counts all ballots of a sealed poll again, beside the page: a million of them take a minute or two, in which the page goes
 * on. They are counted as they come, so what is kept is 22 to 33 bytes a voter and one piece of the answer.
 */

/** What the page asks: all ballots' address, and what they are held against. */
export interface RecountTask {
  url: string
  statement: CertificateStatement
}

/** What the page hears: how far it is, what differs, or why it cannot go on (an error's code). */
export type RecountNews = { counted: number } | { faults: Difference[] } | { failed: string }

/** The page hears of so many ballots at a time. */
const STEP = 10_000
/** How often it goes on after an answer that broke off, and how long it waits before, in milliseconds. */
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
  const recount = new PublicRecount(sha256, statement)
  let counted = 0
  for (let failures = 0; ; ) {
    const before = counted
    try {
      const response = await fetch(`${url}?from=${counted}`)
      if (!response.ok) return { failed: await codeOf(response) }
      for await (const line of linesOf(response.body!)) {
        let isWithin: boolean
        try {
          isWithin = recount.add(publicBallotIn(line))
        } catch {
          // What is no ballot is no ballot of the certificate's: there is nothing to go on with.
          return { faults: ['unreadable'] }
        }
        if (!isWithin) break
        if (++counted % STEP === 0) tell({ counted })
      }
      // Each begins with what differs; the numbers after it are for those who read certificates.
      return { faults: recount.faults().map((fault) => fault.split(':')[0] as Difference) }
    } catch (cause) {
      // It goes on from the line where the answer broke off.
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

/** Whole lines only: half a line is one that broke off. @throws when a line is longer than any ballot */
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
