import type { ForwardedFields } from '../forwarded.ts'
import { FIELDS, HEAD_BYTES_MAX, HOST, joined } from './head.ts'

/** An unambiguous WebSocket handshake. RFC 6455 section 4.2.1. */
export interface UpgradeHead extends ForwardedFields {
  /** Characters of the head, with the empty line that ends it. */
  length: number
  /** Path and query, unchanged. */
  target: string
  key: string
  /** Subprotocols that the client offers, in its order. */
  protocols: string[]
  host: string
  origin: string | undefined
  authorization: string | undefined
}

const REQUEST_LINE = /GET (\/[!-~]*) HTTP\/1\.1\r\n/y
/** 16 bytes in base64: 22 characters and two of padding. */
const KEY = /^[A-Za-z0-9+/]{21}[AQgw]==$/
/** Fields that may occur once; a second one would be ambiguous. */
const SINGLE = new Set([
  'host',
  'upgrade',
  'sec-websocket-key',
  'sec-websocket-version',
  'origin',
  'authorization',
])
/** With a body, or with conditions on the response, it is no plain handshake. */
const FORBIDDEN = new Set(['content-length', 'transfer-encoding', 'expect', 'te', 'trailer'])
/** The fields that are read, of the dozen and more that a browser sends. */
const TELLING = new RegExp(
  `\\r\\n(${[...SINGLE, ...FORBIDDEN, 'connection', 'sec-websocket-protocol', 'x-forwarded-for', 'forwarded'].join('|')}):([^\\r]*)`,
  'gi',
)

/**
 * Reads the handshake that begins at `at`. As strict as `readHead`: undefined is not an error, it only means that the runtime's
 * own server must get it unchanged.
 * @param text Bytes as characters, one each; the head is complete.
 */
export function readUpgrade(text: string, at: number): UpgradeHead | undefined {
  const end = text.indexOf('\r\n\r\n', at)
  if (end === -1 || end - at > HEAD_BYTES_MAX) return undefined
  REQUEST_LINE.lastIndex = at
  const [line, target] = REQUEST_LINE.exec(text) ?? []
  if (line === undefined) return undefined
  FIELDS.lastIndex = at + line.length
  if (!FIELDS.test(text) || FIELDS.lastIndex !== end + 2) return undefined
  const fields = fieldsOf(text, at + line.length - 2, end)
  if (fields === undefined || !isHandshake(fields)) return undefined
  return {
    length: end + 4 - at,
    target: target!,
    key: fields.get('sec-websocket-key')!,
    protocols: listOf(fields.get('sec-websocket-protocol')),
    host: fields.get('host')!,
    origin: fields.get('origin'),
    authorization: fields.get('authorization'),
    forwardedFor: fields.get('x-forwarded-for'),
    forwarded: fields.get('forwarded'),
  }
}

/** Those fields by lower-case name, between two positions; a repeated one is one list (RFC 9110 section 5.3). */
function fieldsOf(text: string, from: number, end: number): Map<string, string> | undefined {
  const fields = new Map<string, string>()
  TELLING.lastIndex = from
  for (let field = TELLING.exec(text); field !== null && field.index < end; field = TELLING.exec(text)) {
    const name = field[1]!.toLowerCase()
    const before = fields.get(name)
    if (FORBIDDEN.has(name) || (before !== undefined && SINGLE.has(name))) return undefined
    fields.set(name, joined(before, field[2]!.trim()))
  }
  return fields
}

const isHandshake = (fields: Map<string, string>): boolean =>
  HOST.test(fields.get('host') ?? '') &&
  fields.get('upgrade')?.toLowerCase() === 'websocket' &&
  listOf(fields.get('connection')).some((option) => option.toLowerCase() === 'upgrade') &&
  fields.get('sec-websocket-version') === '13' &&
  KEY.test(fields.get('sec-websocket-key') ?? '')

const listOf = (field: string | undefined): string[] =>
  field === undefined
    ? []
    : field
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '')
