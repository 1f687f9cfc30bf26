import { RoarError } from './error.ts'
import { type LinkEvents, lossBy, parsePacket } from './link.ts'
import type { Platform } from './platform.ts'
import { refusal } from './request.ts'

/** The server sends at least a comment in this time, or it is gone. */
const SILENCE_MS_MAX = 45_000
/** A line longer than this is not one of ours. */
const LINE_CHARS_MAX = 65_536

/** Cuts text into Server-Sent Events, however its chunks fall. Fields other than `event` and `data` are passed over. Throws on a line without end. */
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

/** Listens by Server-Sent Events. Read from `fetch`, not `EventSource`: the same in Bun and Node, and it sees the comments that show the line is alive. */
export function openSse(
  { fetch, after }: Platform,
  url: string,
  { opened, packet, lost }: LinkEvents,
): () => void {
  const abort = new AbortController()
  let cancel = () => {}
  const heard = () => {
    cancel()
    cancel = after(SILENCE_MS_MAX, () => abort.abort())
  }
  const listen = async (): Promise<void> => {
    heard()
    const response = await fetch(url, { signal: abort.signal, headers: { accept: 'text/event-stream' } })
    if (!response.ok) throw await refusal(response)
    opened()
    const read = sseReader((name, data) => packet(name, parsePacket(data)))
    const text = response.body!.pipeThrough(new TextDecoderStream()).getReader()
    for (let chunk = await text.read(); !chunk.done; chunk = await text.read()) {
      heard()
      read(chunk.value)
    }
  }
  const close = () => {
    cancel()
    abort.abort()
  }
  listen()
    .then(
      () => ({ next: 'reconnect' as const }),
      (cause) => (cause instanceof RoarError ? lossBy(cause) : { next: 'reconnect' as const }),
    )
    .then((loss) => {
      close()
      lost(loss)
    })
  return close
}
