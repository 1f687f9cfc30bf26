import { connect, type Socket } from 'node:net'
import pino from 'pino'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { MemoryLog } from '../../adapters/memory/log-memory.ts'
import { DEMO_SHOW } from '../../engine/demo-show.ts'
import { control } from '../../protocol/records/control.ts'
import { ShowDirectory } from '../../services/directory/directory.ts'
import { BodyReader } from '../../services/http/body.ts'
import { type Http, type HttpOptions, startHttp } from '../../services/http/server.ts'
import { Identity } from '../../services/identity/identity.ts'
import type { IngestSettings } from '../../services/ingest/context.ts'
import { createIngest } from '../../services/ingest/ingest.ts'
import { RoomDirectory } from '../../services/rooms/room-directory.ts'
import { UNSUPERVISED } from '../../services/supervision/unsupervised.ts'

const SETTINGS: IngestSettings = {
  sliceMs: 500,
  sliceReactionsMax: 1_000_000,
  sliceForm: 'fold',
  waitingMax: 4,
  flushMs: 1000,
  flushMsMax: 5000,
  requestsPerSecondMax: 0,
  viewerPerSecond: 0,
  viewerBurst: 1,
  addressPerSecond: 0,
  addressBurst: 1,
  guestsPerSecond: 0,
  guestsBurst: 1,
  onLoopback: false,
  loopbackUnlimited: true,
  trustProxy: false,
  windowMs: 250,
  pubsub: [],
  publicUrl: '',
}

export interface Side {
  http: Http
  port: number
  token: string
  /** Bursts and reactions accepted so far. */
  counted(): [number, number]
}

/** An ingest behind a port, with the fast lane or without, and with some routes that the lane does not know. */
export async function start(
  lane: boolean,
  {
    routes = {},
    port = 0,
    idleS = 30,
    socketsMax,
    websocket,
    ...change
  }: Partial<IngestSettings> &
    Partial<Pick<HttpOptions, 'routes' | 'port' | 'idleS' | 'websocket' | 'socketsMax'>> = {},
): Promise<Side> {
  const logger = pino({ level: 'silent' })
  const clock = new ManualClock(1_000_000)
  const log = new MemoryLog({ clock })
  await log.append('control', [control.encode(DEMO_SHOW)])
  const identity = new Identity({ secret: new Uint8Array(32), guests: true })
  const directory = new ShowDirectory({ log, logger, health: UNSUPERVISED })
  const service = createIngest({
    settings: { ...SETTINGS, ...change },
    directory,
    rooms: new RoomDirectory({ log, directory, clock, logger, health: UNSUPERVISED }),
    identity,
    bodies: new BodyReader(),
    clock,
    log,
    logger,
    health: UNSUPERVISED,
  })
  const http = startHttp({
    host: '127.0.0.1',
    port,
    idleS,
    socketsMax,
    logger,
    routes: { ...service.routes, ...routes },
    ...(websocket && { websocket }),
    ...(lane && { laneRoutes: service.laneRoutes }),
  })
  return {
    http,
    port: Number(new URL(http.url).port),
    token: (await identity.issueGuest('Ann')).token,
    counted: () => [service.counters.bursts, service.counters.reactions],
  }
}

export const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn++) await new Promise<void>((resolve) => setImmediate(resolve))
}

/** A viewer's end of a connection, byte by byte. */
export class Wire {
  /** All that came, each byte a character. */
  received = ''
  over = false
  readonly ended: Promise<void>
  readonly socket: Socket
  #heard = () => {}

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk) => {
      this.received += chunk.toString('latin1')
      this.#heard()
    })
    // A reset is one way of being cut.
    socket.on('error', () => {})
    this.ended = new Promise((resolve) => {
      socket.on('close', () => {
        this.over = true
        this.#heard()
        resolve()
      })
    })
  }

  /** @param from The address that the server sees. */
  static async open(port: number, from = '127.0.0.1'): Promise<Wire> {
    const socket = connect({ port, host: '127.0.0.1', localAddress: from, noDelay: true })
    const wire = new Wire(socket)
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
    return wire
  }

  send(text: string): void {
    this.socket.write(Buffer.from(text, 'latin1'))
  }

  /** Resolves when this has come after what was heard before, and rejects when the connection ends without it. */
  async hears(text: string): Promise<void> {
    for (;;) {
      const at = this.received.indexOf(text)
      if (at !== -1) {
        this.received = this.received.slice(at + text.length)
        return
      }
      if (this.over) throw new Error(`the connection ended after ${JSON.stringify(this.received)}`)
      await new Promise<void>((resolve) => {
        this.#heard = resolve
      })
    }
  }
}

/** Sends these pieces, a few turns of the loop apart, and resolves with all that comes until the server ends the connection. */
export async function converse(port: number, pieces: string[]): Promise<string> {
  const wire = await Wire.open(port)
  for (const piece of pieces) {
    if (wire.over) break
    wire.send(piece)
    await turns(6)
  }
  await wire.ended
  return plain(wire.received)
}

export interface Answered {
  /** All answers, but for the clock's word and the spelling of field names. */
  said: string
  bursts: number
  reactions: number
}

/** Both servers get the same pieces; returns what each answered and how much it counted for it. */
export const askBoth = (lane: Side, bare: Side, pieces: string[]): Promise<[Answered, Answered]> =>
  Promise.all([ask(lane, pieces), ask(bare, pieces)])

/** The same of one server. */
export async function ask({ port, counted }: Side, pieces: string[]): Promise<Answered> {
  const [burstsBefore, reactionsBefore] = counted()
  const said = await converse(port, pieces)
  const [bursts, reactions] = counted()
  return { said, bursts: bursts - burstsBefore, reactions: reactions - reactionsBefore }
}

/** An id that a server makes up, as it has for every problem. */
const MADE_UP = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g

/**
 * What must be equal of two answers: everything but the clock's word, ids that are made up and the spelling of field names
 * (RFC 9110 section 5.1).
 */
const plain = (answers: string): string =>
  answers
    .replace(MADE_UP, 'ID')
    .replace(/^date: .*\r\n/gim, '')
    .replace(/^[a-z-]+(?=: )/gim, (name) => name.toLowerCase())

export const get = (path = '/v1/shows/final', fields = '') =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\n${fields}\r\n`
export const REACTIONS = '/v1/shows/final/reactions'
export const post = (body: string, fields = '', target = REACTIONS) =>
  `POST ${target} HTTP/1.1\r\nHost: x\r\n${fields}Content-Length: ${Buffer.byteLength(body, 'latin1')}\r\n\r\n${body}`
export const tap = post('{"stickers":{"heart":2}}')
export const bye = get('/v1/shows/final', 'Connection: close\r\n')
