import { bodyOf } from '../../load/burst-sender.ts'

/** The result of one run of the generator. */
export interface GeneratorResult {
  requests: number
  /** Taps of all bursts answered with 202, including the warm-up. */
  accepted: number
  refused: number
  elapsedMs: number
  serverCpuMs: number
  /** Share of the server's core that was busy, with anything. */
  serverCoreBusy: number
  generatorCpuMs: number
}

/**
 * `plain`: a minimal request, the same on each connection. `proxy`: browsers' requests forwarded by a reverse proxy, each from
 * another viewer, so that each head differs from the one before.
 */
export const HEADS = ['plain', 'proxy'] as const
export type Heads = (typeof HEADS)[number]

/** Viewers whose requests alternate on a proxy's connections. */
const VIEWERS = 509

/** Typical bursts: one or two stickers, mostly with a segment. */
const BODIES = [
  { stickers: { heart: 3 }, segment: 'home' },
  { stickers: { six: 5, fire: 1 }, segment: 'away' },
  { stickers: { clap: 2 }, segment: '' },
  { stickers: { wow: 1, heart: 7 }, segment: 'home' },
]

/** Requests to send in turn, each with its number of taps. */
export function burstsFor(heads: Heads, host: string): { taps: number; request: Uint8Array }[] {
  return Array.from({ length: heads === 'plain' ? BODIES.length : VIEWERS }, (_, viewer) => {
    const burst = BODIES[viewer % BODIES.length]!
    const body = bodyOf(burst)
    const fields = [
      `Host: ${host}`,
      ...(heads === 'plain' ? ['Content-Type: application/json'] : fieldsOf(viewer)),
      `Content-Length: ${body.length}`,
    ]
    return {
      taps: Object.values(burst.stickers).reduce((sum, count) => sum + count, 0),
      request: Buffer.from(
        `POST /v1/shows/final/reactions HTTP/1.1\r\n${fields.join('\r\n')}\r\n\r\n${body}`,
        'latin1',
      ),
    }
  })
}

/** The headers of Chrome on a phone, and those added by nginx. */
const fieldsOf = (viewer: number): string[] => [
  `X-Forwarded-For: 203.0.113.${viewer % 256}`,
  'X-Forwarded-Proto: https',
  `sec-ch-ua-platform: "${viewer % 3 === 0 ? 'Windows' : 'Android'}"`,
  `User-Agent: Mozilla/5.0 (Linux; Android ${8 + (viewer % 8)}; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${100 + (viewer % 40)}.0.0.0 Mobile Safari/537.36`,
  `sec-ch-ua: "Google Chrome";v="${100 + (viewer % 40)}", "Chromium";v="${100 + (viewer % 40)}", "Not_A Brand";v="24"`,
  'Content-Type: text/plain;charset=UTF-8',
  'sec-ch-ua-mobile: ?1',
  'Accept: */*',
  'Origin: https://www.example.com',
  'Sec-Fetch-Site: same-site',
  'Sec-Fetch-Mode: cors',
  'Sec-Fetch-Dest: empty',
  `Referer: https://www.example.com/live/${viewer}`,
  'Accept-Encoding: gzip, deflate, br, zstd',
  'Accept-Language: en-GB,en;q=0.9',
]
