import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { hostOf } from '../http/ip.ts'
import { addressOf } from './address.ts'

/** How long one try may take, from DNS to the response's first line, in milliseconds. */
export const TRY_MS = 10_000
/** The first line of a response; a longer one is invalid. */
const LINE_BYTES_MAX = 1024

export interface Post {
  url: string
  headers: Record<string, string>
  body: string
}

/**
 * Posts once, on a new connection to a checked address. Only the first line of the response is read, and redirects are not
 * followed: the receiver can neither fill this process's memory nor send it elsewhere. Never rejects.
 * @returns why it failed, for people; undefined: the response was 2xx
 */
export async function post(
  given: Post,
  {
    allowsPrivate,
    signal,
    limitMs = TRY_MS,
    ca,
  }: { allowsPrivate: boolean; signal: AbortSignal; limitMs?: number; ca?: string },
): Promise<string | undefined> {
  const ended = AbortSignal.any([signal, AbortSignal.timeout(limitMs)])
  const late = new Promise<never>((_, reject) => {
    const why = () => new Error(signal.aborted ? 'this server stopped' : `no answer within ${limitMs} ms`)
    if (ended.aborted) reject(why())
    else ended.addEventListener('abort', () => reject(why()))
  })
  let socket: Socket | undefined
  try {
    const url = new URL(given.url)
    const address = await Promise.race([addressOf(url, { allowsPrivate }), late])
    socket = open(url, address, ca)
    const isReady = url.protocol === 'http:' ? 'connect' : 'secureConnect'
    socket.on(isReady, () => socket?.write(requestOf(url, given)))
    const status = await Promise.race([statusOf(socket), late])
    return status >= 200 && status < 300 ? undefined : `it answers ${status}`
  } catch (cause) {
    return (cause as Error).message
  } finally {
    socket?.destroy()
  }
}

function open(url: URL, host: string, ca: string | undefined): Socket {
  if (url.protocol === 'http:') return connectPlain({ host, port: Number(url.port || 80) })
  // The certificate is for the name, whatever the address; SNI carries no IP addresses (RFC 6066 section 3).
  const name = isIP(hostOf(url)) !== 0 ? {} : { servername: url.hostname }
  return connectTls({ host, port: Number(url.port || 443), ...name, ...(ca && { ca }) })
}

/** A request (RFC 9112 section 3): a parsed URL contains no line break. */
function requestOf(url: URL, { headers, body }: Post): string {
  const all = {
    host: url.host,
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'user-agent': 'roar',
    connection: 'close',
    ...headers,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `POST ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join('')}\r\n${body}`
}

function statusOf(socket: Socket): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  let line = ''
  socket.on('data', (chunk: Buffer) => {
    line += chunk.toString('latin1', 0, LINE_BYTES_MAX)
    const status = /^HTTP\/1\.[01] (\d{3})[ \r\n]/.exec(line)?.[1]
    if (status !== undefined) resolve(Number(status))
    else if (line.includes('\n') || line.length >= LINE_BYTES_MAX) reject(new Error('its answer is not HTTP'))
  })
  socket.on('error', reject)
  socket.on('close', () => reject(new Error('it closed the connection without an answer')))
  return promise
}
