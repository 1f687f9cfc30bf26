import { parseArgs } from 'node:util'
import { integer } from '../../cli/flags.ts'
import { Histogram, type Summary } from '../../load/histogram.ts'
import { resolveTarget } from '../../load/target.ts'
import { tokenSigner } from '../../load/votes-plan.ts'
import { PRESENCE_MS } from '../../protocol/limits.ts'
import type { RoomDocument } from '../../protocol/packets.ts'
import { processCpuMs } from '../../services/process-cpu.ts'
import { machine, residentBytes } from '../cpu.ts'
import { type BenchServer, startRoar } from '../ingest/servers.ts'
import { keep } from '../results.ts'
import { Senders } from '../senders.ts'
import { Ears, postText } from './ears.ts'

const SECRET = 'bench'.repeat(8)
const SHOW = 'final'
/** Connections for posts and presence reports. */
const SENDERS = 256
/** Concurrent requests while rooms are created. */
const MAKING = 64
const TURN_MS = 20
const TOKEN_TTL_S = 86_400

interface Room extends RoomDocument {
  tokens: string[]
  posts: number
}

/** One crowd size. */
interface Size {
  rooms: number
  members: number
  posts: number
  /** Posts received by members, and those expected. */
  heard: number
  expected: number
  wrong: number
  postMs: Summary
  madeAndJoinedPerSecond: number
  /** The server's processor time, as a share of the time with posts. */
  cpuShare: number
  residentMb: number
}

export interface RoomsResult {
  machine: ReturnType<typeof machine>
  sizes: Size[]
}

/**
 * Rooms with one post a second in each, and every member's presence reports: does every member receive every post, how late, and
 * at what cost? At several sizes, so that the slope gives the cost of one more room.
 */
export async function benchRooms(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      rooms: { type: 'string', default: '250,500,1000' },
      members: { type: 'string', default: '10' },
      seconds: { type: 'string', default: '20' },
    },
  })
  const members = integer('members', values.members, 1, 100)
  const seconds = integer('seconds', values.seconds, 1, 3600)
  const sizes: Size[] = []
  for (const rooms of values.rooms.split(',').map((text) => integer('rooms', text, 1, 20_000))) {
    const server = await startRoar(undefined, [...['--auth-secret', SECRET, '--viewer-per-second', '0']])
    try {
      const size = await measure(server, { rooms, members, seconds })
      sizes.push(size)
      console.log(line(size))
    } finally {
      await server.close()
    }
  }
  console.log(slopes(sizes))
  await keep('rooms', { machine: machine(), sizes } satisfies RoomsResult)
  return sizes.every(({ heard, expected, wrong }) => heard === expected && wrong === 0) ? 0 : 1
}

const line = ({ rooms, members, posts, heard, expected, wrong, postMs, ...rest }: Size): string =>
  [
    `${rooms} rooms of ${members}: ${posts} posts, heard ${heard} of ${expected}, ${wrong} out of order;`,
    `post to member p50 ${postMs.p50.toFixed(0)} ms, p99 ${postMs.p99.toFixed(0)} ms, max ${postMs.max.toFixed(0)} ms;`,
    `made and joined ${rest.madeAndJoinedPerSecond.toFixed(0)}/s; ${(100 * rest.cpuShare).toFixed(0)} % of a core, ${rest.residentMb.toFixed(0)} MB`,
  ].join(' ')

/** The cost of one more room, between the smallest and the largest size. */
function slopes(sizes: Size[]): string {
  const [small, large] = [sizes[0]!, sizes.at(-1)!]
  const more = large.rooms - small.rooms
  if (more <= 0) return ''
  const cores = (large.cpuShare - small.cpuShare) / more
  const kb = (1024 * (large.residentMb - small.residentMb)) / more
  return `a room with a post a second takes ${(1e6 * cores).toFixed(0)} µs of processor a second and ${kb.toFixed(0)} KB: 10,000 take ${(1e4 * cores).toFixed(1)} cores and ${((1e4 * kb) / 1024).toFixed(0)} MB`
}

async function measure(
  server: BenchServer,
  { rooms: wanted, members, seconds }: { rooms: number; members: number; seconds: number },
): Promise<Size> {
  const url = `http://127.0.0.1:${server.port}/v1/shows/${SHOW}`
  await allowTexts(url)
  const startedMs = performance.now()
  const rooms = await makeRooms(url, wanted, members)
  const madeMs = performance.now() - startedMs
  const latencies = new Histogram()
  const target = await resolveTarget(`ws://127.0.0.1:${server.port}/mqtt`)
  const ears = new Ears({ target, show: SHOW, latencies })
  for (const { channel } of rooms)
    await Promise.all(Array.from({ length: members }, () => ears.open(channel)))
  const senders = new Senders(target, { connections: SENDERS })
  const cpuMs = processCpuMs(server.pid)
  await talk(rooms, senders, seconds)
  // The last posts take a window or two to arrive.
  await senders.idle()
  const posts = rooms.reduce((sum, { posts }) => sum + posts, 0)
  const expected = posts * members
  for (let turns = 0; ears.heard < expected && turns < 200; turns++) await Bun.sleep(50)
  // Other work on the machine delays this, but does not change its cost.
  const cpuShare = (processCpuMs(server.pid) - cpuMs) / (1000 * seconds)
  const residentMb = residentBytes(server.pid) / 2 ** 20
  ears.close()
  senders.close()
  if (senders.refused.size > 0) console.log('refused', Object.fromEntries(senders.refused))
  return {
    ...{ rooms: wanted, members, posts, heard: ears.heard, expected, wrong: ears.wrong + ears.lost },
    ...{ postMs: latencies.summary(), cpuShare, residentMb },
    madeAndJoinedPerSecond: (wanted * members * 1000) / madeMs,
  }
}

const sign = tokenSigner(new TextEncoder().encode(SECRET))
const tokenOf = (sub: string, claims: { role?: 'producer' } = {}): string =>
  sign({ sub, exp: Math.floor(Date.now() / 1000) + TOKEN_TTL_S, name: sub, ...claims })

async function allowTexts(url: string): Promise<void> {
  const authorization = `Bearer ${tokenOf('boss', { role: 'producer' })}`
  const response = await fetch(url.replace('/v1/', '/v1/studio/'), {
    method: 'PATCH',
    headers: { authorization },
    body: JSON.stringify({ rules: { text: true } }),
  })
  if (!response.ok) throw new Error(`texts were not allowed: ${response.status}`)
}

async function makeRooms(url: string, count: number, members: number): Promise<Room[]> {
  const ask = async (token: string, path: string, body: object) => {
    const headers = { authorization: `Bearer ${token}` }
    const response = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as RoomDocument
  }
  const rooms: Room[] = []
  const make = async (number: number) => {
    const tokens = Array.from({ length: members }, (_, member) => tokenOf(`v${number}-${member}`))
    const room = await ask(tokens[0]!, '/rooms', {})
    const { invite } = room
    await Promise.all(tokens.slice(1).map((token) => ask(token, `/rooms/${room.room}/members`, { invite })))
    rooms.push({ ...room, tokens, posts: 0 })
  }
  for (let from = 0; from < count; from += MAKING)
    await Promise.all(Array.from({ length: Math.min(MAKING, count - from) }, (_, i) => make(from + i)))
  return rooms
}

/** Each room's post a second by its members in turn, and each member's presence report in its time, evenly spread. */
async function talk(rooms: Room[], senders: Senders, seconds: number): Promise<void> {
  const membersTotal = rooms.reduce((sum, { tokens }) => sum + tokens.length, 0)
  const post = (path: string, token: string, body: object) =>
    senders.post(`/v1/shows/${SHOW}/${path}`, JSON.stringify(body), { token })
  const fromMs = performance.now()
  let posted = 0
  let presences = 0
  for (;;) {
    const elapsedMs = performance.now() - fromMs
    const due = Math.floor((rooms.length * Math.min(elapsedMs, seconds * 1000)) / 1000)
    for (; posted < due; posted++) {
      const room = rooms[posted % rooms.length]!
      const number = ++room.posts
      const token = room.tokens[number % room.tokens.length]!
      post('posts', token, { text: postText(number, Date.now()), room: room.room })
    }
    const here = Math.floor((membersTotal * elapsedMs) / PRESENCE_MS)
    for (; presences < here; presences++) {
      const room = rooms[presences % rooms.length]!
      const token = room.tokens[Math.floor(presences / rooms.length) % room.tokens.length]!
      post(`rooms/${room.room}/presence`, token, {})
    }
    if (elapsedMs >= seconds * 1000) return
    await Bun.sleep(TURN_MS)
  }
}
