import type { LinkEvents, Loss } from './link.ts'
import type { Platform } from './platform.ts'

/** The server sends at least a comment every 5 s; otherwise it counts as gone. */
const SILENCE_MS_MAX = 14_000
/** A longer line is not one of ours. */
const LINE_CHARS_MAX = 65_536

/**
 * Splits text into Server-Sent Events, whatever its chunks. Ignores fields other than `event` and `data`. Throws on a line that
 * is too long.
 */
export function sseReader(onEvent: (name: string, data: string) => void): (chunk: string) => void {
  let rest = ''
  let name = ''
  let data = ''
  return (chunk) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop()!
    if (rest.length + data.length > LINE_CHARS_MAX) throw new RangeError('An event without end')
    for (const line of lines) {
      const [, field, value = ''] = /^(event|data): ?(.*?)\r?$/.exec(line) ?? []
      if (field === 'event') name = value
      else if (field) data += value
      else if (line.trim() === '') {
        if (data) onEvent(name, data)
        name = data = ''
      }
    }
  }
}

/**
 * What this module needs from the core, and what to subscribe to. It imports nothing: the core loads it on demand, as a file of
 * its own.
 */
export interface SseTools {
  topics: readonly string[]
  parsePacket(json: () => string): unknown
  /** Why a response is not one of our streams. */
  refusal(response: Response): Promise<Error>
  lossBy(cause: Error): Loss
}

/**
 * Subscribes to Server-Sent Events of the show at `url`; open once the first byte arrives. Uses `fetch`, not `EventSource`: it
 * works the same in Bun and Node, and sees the comments that show that the connection is alive.
 */
export function openSse(
  { fetch, after }: Platform,
  url: string,
  { opened, packet, lost }: LinkEvents,
  { topics, parsePacket, refusal, lossBy }: SseTools,
): () => void {
  const abort = new AbortController()
  let loss: Loss = { next: 'reconnect', code: 'lost' }
  let cancel = () => {}
  const close = () => {
    cancel()
    abort.abort()
  }
  const end = () => {
    close()
    lost(loss)
  }
  const silent = () => {
    loss.code = 'silent'
    end()
  }
  const read = sseReader((name, data) => {
    const value = parsePacket(() => data)
    if (name === 'stopping') loss = { ...loss, code: name, retryAfterMs: 1000 * Number(value) }
    else packet(name, value)
  })
  const listen = async (): Promise<void> => {
    const response = await fetch(`${url}/events?topics=${encodeURIComponent(topics.join())}`, {
      signal: abort.signal,
      headers: { accept: 'text/event-stream' },
    })
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream')
    if (!response.ok || !isStream) {
      loss = lossBy(await refusal(response))
      return
    }
    const text = new TextDecoder()
    const body = response.body!.getReader()
    // A `fetch` that a page has replaced may ignore its signal.
    const stop = () => void body.cancel().catch(() => {})
    if (abort.signal.aborted) return stop()
    abort.signal.addEventListener('abort', stop)
    let first = opened
    for (let chunk = await body.read(); !chunk.done; chunk = await body.read()) {
      cancel()
      cancel = after(SILENCE_MS_MAX, silent)
      first()
      first = () => {}
      read(text.decode(chunk.value, { stream: true }))
    }
  }
  listen().then(end, end)
  return close
}
