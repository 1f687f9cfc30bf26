import { malformed } from './wire.ts'

// `fatal` refuses ill-formed UTF-8, also surrogates [MQTT-1.5.3-1]; a byte order mark is kept [MQTT-1.5.3-3].
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Reads the fields of one packet in order. Every method throws `MqttError` if the packet ends too early. */
export class FieldReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  take(length: number): Uint8Array {
    const from = this.#pass(length)
    return this.#bytes.subarray(from, this.#at)
  }

  /** Returns where the bytes begin that are passed. */
  #pass(length: number): number {
    if (length > this.left) throw malformed('The packet ends inside a field')
    this.#at += length
    return this.#at - length
  }

  rest(): Uint8Array {
    return this.take(this.left)
  }

  byte(): number {
    return this.#bytes[this.#pass(1)]!
  }

  uint16(): number {
    const at = this.#pass(2)
    return this.#bytes[at]! * 256 + this.#bytes[at + 1]!
  }

  /** A packet identifier is never zero. [MQTT-2.3.1-1] */
  packetId(): number {
    const id = this.uint16()
    if (id === 0) throw malformed('Packet identifier 0')
    return id
  }

  binary(): Uint8Array {
    return this.take(this.uint16())
  }

  string(): string {
    const bytes = this.binary()
    let text: string
    try {
      text = utf8.decode(bytes)
    } catch {
      // The decoder's own message adds nothing to the clause.
      throw malformed('A string is not UTF-8')
    }
    // [MQTT-1.5.3-2]
    if (text.includes('\0')) throw malformed('A string holds U+0000')
    return text
  }

  end(): void {
    if (this.left > 0) throw malformed(`${this.left} bytes after the packet's last field`)
  }
}
