import { connect, type Socket } from 'node:net'
import pino from 'pino'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import type { Log } from '../../adapters/log/log.ts'
import { MemoryLog } from '../../adapters/memory/log-memory.ts'
import { memoryPollStore } from '../../adapters/memory/polls-memory.ts'
import { DEMO_SHOW } from '../../engine/demo-show.ts'
import { Casts } from '../../engine/polls/casts.ts'
import { createPoll } from '../../engine/polls/life.ts'
import { RULES } from '../../engine/polls/rules-fixture.ts'
import { RateLimit } from '../../engine/rate-limit.ts'
import { tokenSigner } from '../../load/votes-plan.ts'
import { control } from '../../protocol/records/control.ts'
import { ShowDirectory } from '../../services/directory/directory.ts'
import { BodyReader } from '../../services/http/body.ts'
import { type Http, type HttpOptions, startHttp } from '../../services/http/server.ts'
import { Identity } from '../../services/identity/identity.ts'
import { BallotBox } from '../../services/ingest/ballot-box.ts'
import type { IngestSettings } from '../../services/ingest/context.ts'
import { createIngest } from '../../services/ingest/ingest.ts'
import { UNLIMITED } from '../../services/ingest/ingest-fixture.ts'
import { Quarantine } from '../../services/ingest/quarantine.ts'
import { PollKeys } from '../../services/polls/poll-keys.ts'
import { SigningKeys, signatureVerifier } from '../../services/polls/signing-keys.ts'
import { RoomDirectory } from '../../services/rooms/room-directory.ts'
import { UNSUPERVISED } from '../../services/supervision/unsupervised.ts'

const SECRET = new Uint8Array(32)
const NOW = 1_000_000

const SETTINGS: IngestSettings = { ...UNLIMITED, sliceReactionsMax: 1_000_000 }

export interface Side {
  http: Http
  port: number
  token: string
  /** Bursts, reactions and ballots accepted so far. */
  counted(): [number, number, number]
  /** Posts accepted so far. */
  posted(): number
  /** Resolves when no vote is being processed. */
  voted(): Promise<void>
}

/** An ingest on a port, with or without the fast lane, and with some routes that the lane does not handle. */
export async function start(
  lane: boolean,
  {
    routes = {},
    port = 0,
    idleS = 30,
    filesMax,
    otherFiles,
    websocket,
    origins,
    prefix = '',
    wrap = (log) => log,
    ...change
  }: Partial<IngestSettings> &
    Partial<
      Pick<
        HttpOptions,
        'routes' | 'port' | 'idleS' | 'websocket' | 'filesMax' | 'otherFiles' | 'origins' | 'prefix'
      >
    > & {
      /** Wraps the log that ballots are written to. */
      wrap?: (log: Log) => Log
    } = {},
): Promise<Side> {
  const logger = pino({ level: 'silent' })
  const clock = new ManualClock(NOW)
  const log = new MemoryLog({ clock })
  await log.append('control', [DEMO_SHOW, ...POLLS].map(control.encode))
  const identity = new Identity({ secret: SECRET, guests: true })
  const directory = new ShowDirectory({ log, logger, health: UNSUPERVISED })
  await directory.caughtUp()
  const votes = await votingOn({ log: wrap(log), clock, logger, directory })
  const service = createIngest({
    settings: { ...SETTINGS, ...change },
    votes,
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
    filesMax,
    otherFiles,
    origins,
    prefix,
    logger,
    admit: service.admit,
    routes: { ...service.routes, ...routes },
    ...(websocket && { websocket }),
    ...(lane && { laneRoutes: service.laneRoutes }),
  })
  return {
    http,
    port: Number(new URL(http.url).port),
    token: (await identity.issueGuest('Ann')).token,
    counted: () => [service.counters.bursts, service.counters.reactions, service.counters.ballots],
    posted: () => service.counters.posts,
    async voted() {
      for (const { show, poll } of POLLS)
        await new Promise<void>((resolve) => votes.casts.whenNone(`${show}/${poll}`, resolve))
    },
  }
}

/** One whose answers are final, one whose answers may change, and one that is still a draft. */
const POLLS = [
  { poll: 'mvp', change: false, opens: NOW },
  { poll: 'mood', change: true, opens: NOW },
  { poll: 'later', change: false },
].map(({ poll, ...rules }) =>
  createPoll(
    'final',
    poll,
    {
      ...RULES,
      ...rules,
    },
    NOW,
  ),
)

async function votingOn({
  directory,
  ...given
}: {
  log: Log
  clock: ManualClock
  logger: pino.Logger
  directory: ShowDirectory
}) {
  const store = memoryPollStore()
  for (const { poll } of POLLS) await store.saveVoterKey('final', poll, new Uint8Array(32))
  const signer = await SigningKeys.open({ ...given, store, shared: false, health: UNSUPERVISED })
  const box = new BallotBox({
    ...given,
    signer,
    papers: (show, poll) => directory.poll(show, poll).paper,
    verify: () => signatureVerifier(signer.publicSet()),
    health: UNSUPERVISED,
  })
  await box.start()
  return {
    box,
    casts: new Casts(),
    keys: new PollKeys(store),
    quarantine: new Quarantine({ threshold: 1, perSecond: 0, burst: 1 }),
    issuers: new RateLimit({ perSecond: 0, burst: 1 }),
  }
}

export const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn++) await new Promise<void>((resolve) => setImmediate(resolve))
}

/** A viewer's end of a connection, byte by byte. */
export class Wire {
  /** All that was received, one character per byte. */
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
    // A reset also ends the connection.
    socket.on('error', () => {})
    this.ended = new Promise((resolve) => {
      socket.on('close', () => {
        this.over = true
        this.#heard()
        resolve()
      })
    })
  }

  /** @param from The client address that the server sees. */
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

  /** Resolves when this text arrives after what was consumed before; rejects when the connection ends without it. */
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

/**
 * Sends these pieces, a few turns of the loop apart, and resolves with everything received until the server closes the
 * connection. The runtime's server disconnects a client that sends more while an answer is being made, so votes in progress are
 * awaited.
 */
export async function converse(
  { port, voted, http }: Pick<Side, 'port' | 'voted' | 'http'>,
  pieces: string[],
): Promise<string> {
  const wire = await Wire.open(port)
  for (const piece of pieces) {
    if (wire.over) break
    wire.send(piece)
    do await turns(6)
    while ((http.fastLane?.queued() ?? 0) > 0)
    await voted()
    await turns(2)
  }
  await wire.ended
  return plain(wire.received)
}

export interface Answered {
  /** All answers, without the `Date` value and the case of field names. */
  said: string
  bursts: number
  reactions: number
  ballots: number
  posts: number
}

/** Sends both servers the same pieces; returns each one's answers and how much it counted for them. */
export async function askBoth(lane: Side, bare: Side, pieces: string[]): Promise<[Answered, Answered]> {
  const [ours, theirs] = await Promise.all([ask(lane, pieces), ask(bare, pieces)])
  const more = ours.said.startsWith(theirs.said) ? ours.said.slice(theirs.said.length) : ''
  return [OF_OTHER_METHOD.test(more) ? { ...ours, said: theirs.said } : ours, theirs]
}

/** One last refusal: a bare server closes without one for a method that the runtime does not know. */
const OF_OTHER_METHOD = /^(?:HTTP\/1\.1 100 Continue\r\n\r\n)?HTTP\/1\.1 40[045] (?:(?!HTTP\/1\.1 )[\s\S])*$/

/** The same for one server. */
export async function ask(side: Side, pieces: string[]): Promise<Answered> {
  const before = side.counted()
  const postsBefore = side.posted()
  const said = await converse(side, pieces)
  const [bursts, reactions, ballots] = side.counted().map((count, at) => count - before[at]!)
  return {
    said,
    bursts: bursts!,
    reactions: reactions!,
    ballots: ballots!,
    posts: side.posted() - postsBefore,
  }
}

/** An id generated by the server, as in every problem document. */
const MADE_UP = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g

/** Random parts of a receipt, and what follows from them. */
const BY_CHANCE = /"(ballot|salt|mark|markSalt|commitment|signature|kid)":"[\w-]+"/g

/**
 * What must be equal of two answers: everything but the clock's word, ids and salts that are made up and the spelling of
 * field names (RFC 9110 section 5.1).
 */
const plain = (answers: string): string =>
  answers
    .replace(MADE_UP, 'ID')
    .replace(BY_CHANCE, '"$1":"ID"')
    .replace(/^date: .*\r\n/gim, '')
    .replace(/^[a-z-]+(?=: )/gim, (name) => name.toLowerCase())

export const get = (path = '/v1/shows/final', fields = '') =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\n${fields}\r\n`
export const REACTIONS = '/v1/shows/final/reactions'
export const post = (body: string, fields = '', target = REACTIONS) =>
  `POST ${target} HTTP/1.1\r\nHost: x\r\n${fields}Content-Length: ${Buffer.byteLength(body, 'latin1')}\r\n\r\n${body}`
export const tap = post('{"stickers":{"heart":2}}')
const bearer = (viewer: string): string =>
  `Authorization: Bearer ${signed({ sub: viewer, exp: 9_999_999_999 })}\r\n`
/** A vote with this viewer's token. */
export const vote = (viewer: string, choice: string, fields = '', poll = 'mvp'): string =>
  post(JSON.stringify({ choice }), bearer(viewer) + fields, votesOf(poll))
/** A post to the feed with this viewer's token. */
export const say = (viewer: string, body: string, fields = ''): string =>
  post(body, bearer(viewer) + fields, POSTS)
export const POSTS = '/v1/shows/final/posts'
export const votesOf = (poll: string): string => `/v1/shows/final/polls/${poll}/votes`
export const signed = tokenSigner(SECRET)

export const bye = get('/v1/shows/final', 'Connection: close\r\n')
