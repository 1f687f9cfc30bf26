import { encodeUnsubscribe } from '../../../protocol/mqtt/encode-client.ts'
import { topicMatcher } from '../../../protocol/mqtt/topic-filter.ts'
import type { Platform } from '../platform.ts'
import { CONNACK, disconnectPacket, PUBLISH, packetReader, pingPacket, readPublish, SUBACK } from '../wire.ts'

type SocketClass = NonNullable<Platform['WebSocket']>

const CONNECT = 1
const SUBSCRIBE = 8
const PINGREQ = 12
const DISCONNECT = 14
const OPEN = 1
const CLOSED = 3
/**
 * Slightly less than a client waits: a dead socket is closed for all at once, before the first client that notices rejoins it.
 */
const PONG_MS_MAX = 4_500

/** One client's view of its socket. */
interface Member {
  readyState: number
  binaryType: string
  onopen?: () => void
  onmessage?: (event: { data: ArrayBuffer }) => void
  onclose?: (event: { code: number; reason: string }) => void
  send(bytes: Uint8Array): void
  close(): void
}

/**
 * A `WebSocket` for several MQTT clients: those that open the same address share one real socket, which opens with the first
 * and closes with the last. Each client speaks MQTT as if it were alone.
 *
 * ```
 * client ──CONNECT, SUBSCRIBE, PING──▶ line ──one CONNECT, each SUBSCRIBE──▶ server
 *        ◀─CONNACK, SUBACK, its topics──      ◀───────────────────────────
 * ```
 */
export function shareSockets(WebSocket: SocketClass, after: Platform['after']): SocketClass {
  const lines = new Map<string, Line>()
  const join = (url: string, protocol: string): Member => {
    let line = lines.get(url)
    if (line === undefined) {
      const opened = new Line(new WebSocket(url, protocol), after, () => {
        if (lines.get(url) === opened) lines.delete(url)
      })
      lines.set(url, opened)
      line = opened
    }
    return line.join()
  }
  return class {
    constructor(url: string, protocol: string) {
      // biome-ignore lint/correctness/noConstructorReturn: a client only uses the part of a socket that a member has
      return join(url, protocol) as object
    }
  } as unknown as SocketClass
}

/** One real socket and its users. */
class Line {
  readonly #socket: WebSocket
  readonly #after: Platform['after']
  readonly #ended: () => void
  readonly #members = new Set<Member>()
  readonly #filters = new Map<Member, Map<string, (topic: string) => boolean>>()
  /** The client that waits for each SUBACK. */
  readonly #asked = new Map<number, Member>()
  #packetId = 0
  #greeted = false
  #connack: Uint8Array<ArrayBuffer> | undefined
  /** Cancels the wait for a pong. */
  #answered: (() => void) | undefined

  constructor(socket: WebSocket, after: Platform['after'], ended: () => void) {
    this.#socket = socket
    this.#after = after
    this.#ended = ended
    socket.binaryType = 'arraybuffer'
    const read = packetReader((type, body) => this.#hear(type, body))
    socket.onopen = () => {
      for (const member of this.#members) this.#open(member)
    }
    socket.onmessage = ({ data }) => {
      try {
        read(new Uint8Array(data))
      } catch {
        // Not MQTT: each client reads the same and reports it itself.
        for (const member of this.#members) member.onmessage?.({ data })
      }
    }
    socket.onclose = ({ code, reason }) => this.#end(code, reason)
  }

  join(): Member {
    const read = packetReader((type, body) => this.#say(member, type, body))
    const member: Member = {
      readyState: 0,
      binaryType: '',
      send: read,
      close: () => this.#leave(member),
    }
    this.#members.add(member)
    if (this.#socket.readyState === OPEN) queueMicrotask(() => this.#open(member))
    return member
  }

  #open(member: Member): void {
    if (member.readyState !== 0) return
    member.readyState = OPEN
    member.onopen?.()
  }

  #say(member: Member, type: number, body: Uint8Array): void {
    if (type === SUBSCRIBE) this.#subscribe(member, body)
    else if (type === PINGREQ) this.#ping()
    else if (type === CONNECT && this.#connack) queueMicrotask(() => deliver(member, this.#connack!))
    else if (type === CONNECT && !this.#greeted) {
      this.#greeted = true
      this.#socket.send(frame(CONNECT << 4, body))
    } else if (type === DISCONNECT) this.#leave(member)
  }

  #ping(): void {
    if (this.#answered) return
    this.#socket.send(pingPacket())
    this.#answered = this.#after(PONG_MS_MAX, () => {
      this.#close()
      this.#end(1006, '')
    })
  }

  #subscribe(member: Member, body: Uint8Array): void {
    this.#packetId = (this.#packetId % 0xffff) + 1
    this.#asked.set(this.#packetId, member)
    const filters = filtersIn(body)
    this.#filters.set(member, new Map(filters.map((filter) => [filter, topicMatcher(filter)])))
    const numbered = Uint8Array.from([this.#packetId >> 8, this.#packetId & 255, ...body.subarray(2)])
    this.#socket.send(frame((SUBSCRIBE << 4) | 2, numbered))
  }

  #hear(type: number, body: Uint8Array): void {
    this.#answered?.()
    this.#answered = undefined
    const bytes = frame(type << 4, body)
    if (type === PUBLISH) {
      const [topic] = readPublish(body)
      for (const [member, filters] of this.#filters) {
        if ([...filters.values()].some((matches) => matches(topic))) deliver(member, bytes)
      }
      return
    }
    if (type === SUBACK) {
      const id = body[0]! * 256 + body[1]!
      const member = this.#asked.get(id)
      this.#asked.delete(id)
      if (member) deliver(member, bytes)
      return
    }
    if (type === CONNACK) this.#connack = bytes
    for (const member of this.#members) deliver(member, bytes)
  }

  #leave(member: Member): void {
    if (!this.#members.delete(member)) return
    member.readyState = CLOSED
    const own = [...(this.#filters.get(member)?.keys() ?? [])]
    this.#filters.delete(member)
    if (this.#members.size === 0) {
      this.#close()
      return
    }
    const orphans = own.filter((filter) => ![...this.#filters.values()].some((kept) => kept.has(filter)))
    if (orphans.length > 0) this.#socket.send(encodeUnsubscribe(1, orphans))
  }

  #close(): void {
    this.#answered?.()
    this.#ended()
    if (this.#socket.readyState === OPEN) this.#socket.send(disconnectPacket())
    this.#socket.close()
  }

  #end(code: number, reason: string): void {
    this.#answered?.()
    this.#ended()
    for (const member of [...this.#members]) {
      this.#members.delete(member)
      member.readyState = CLOSED
      member.onclose?.({ code, reason })
    }
  }
}

const deliver = (member: Member, { buffer }: Uint8Array<ArrayBuffer>): void => {
  if (member.readyState === OPEN) member.onmessage?.({ data: buffer })
}

/** The filters of a SUBSCRIBE, each followed by its QoS. */
function filtersIn(body: Uint8Array): string[] {
  const filters: string[] = []
  for (let at = 2; at < body.length; ) {
    const end = at + 2 + body[at]! * 256 + body[at + 1]!
    filters.push(String.fromCharCode(...body.subarray(at + 2, end)))
    at = end + 1
  }
  return filters
}

/** Section 2.2.3. */
function frame(firstByte: number, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const length: number[] = []
  for (let left = body.length; ; left >>= 7) {
    length.push(left > 127 ? (left & 127) | 128 : left)
    if (left <= 127) return Uint8Array.from([firstByte, ...length, ...body])
  }
}
