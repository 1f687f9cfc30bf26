import type { SocketHandler } from 'bun'
import { Crowd } from '../../../engine/crowd.ts'
import { LoopShare } from '../../../engine/loop-share.ts'
import { inTurns } from '../../../engine/turns.ts'
import { standBehind } from '../address.ts'
import { forwardedAddress, type TrustProxy } from '../forwarded.ts'
import { newRequestId } from '../request-id.ts'
import type { HttpServer, SocketOwner, UpgradeRoute } from '../routes.ts'
import type { TlsOptions } from '../tls.ts'
import { answerer, type LaneRoutesOptions } from './lane-routes.ts'
import { type Lane, Peer } from './peer.ts'

export interface FastLaneOptions extends LaneRoutesOptions {
  host: string
  /** 0: any free port. */
  port: number
  /** Seconds without progress after which a connection is cut, checked every second. */
  idleS: number
  /** The runtime's server, on `LOOPBACK`: it gets every request that the lane does not answer. */
  server: HttpServer
  /** Absent: the runtime's server gets every WebSocket. */
  upgrade?: UpgradeRoute | undefined
  /**
   * Files and sockets that all connections may take, including those handed over. At the limit a new one replaces a connection that
   * is idle between requests, or one that sent part of a request and then nothing for seconds; if there is neither, the new one
   * is closed. One whose request is for the runtime's server then takes as many as `FORWARDED_FILES`. Default: only the
   * system's limit.
   */
  filesMax?: number | undefined
  /** How many of those others of the process take now, whose limit is their own. Default: none. */
  otherFiles?: (() => number) | undefined
  /** The lane's TLS options; the runtime's server behind it has no TLS. Default: no TLS. */
  tls?: TlsOptions | undefined
  /** Whether other processes listen on the port, too. Default false. */
  reusePort?: boolean
}

export interface FastLane {
  port: number
  counters: FastLaneCounters
  /** Connections tunnelled to the runtime's server. */
  tunnelled(): number
  /** Connections that sent a request before the one ahead of it was answered, and wait for their turn. */
  queued(): number
  /** Uses another certificate from now on; open connections continue. @throws when the port is not available; may be retried */
  renew(tls: TlsOptions): void
  /** Accepts no new connections. Those that are open go on. */
  stopListening(): void
  /** Stops the runtime's server and closes every connection, once the responses in progress have passed, or after a second. */
  close(): Promise<void>
}

export interface FastLaneCounters {
  /** Requests answered by the lane. */
  answered: number
  /** Requests answered by the runtime's server, on connections that returned to the lane. */
  forwarded: number
  /** Connections handed to the runtime's server for good. */
  tunnelled: number
  /** WebSockets handed over by the lane itself. */
  upgraded: number
}

export const LOOPBACK = '127.0.0.1'
/** Both ends of a connection to the runtime's server. */
const BACKEND_FILES = 2
/** A peer's socket and those. */
export const FORWARDED_FILES = 1 + BACKEND_FILES
const TICK_MS = 1000
/** If sockets are scarce, how long a peer with an incomplete request keeps its place, in seconds. */
const STALLED_S = 5
const LAST_ANSWERS_MS = 1000

/**
 * A listener of our own before the runtime's server, for a process that mostly gets the same few small requests: those are parsed
 * and answered here, without a `Request` and a `Response`, which are most of a tap's cost. Everything else goes to the runtime's
 * server byte for byte but for an unknown method, see `withKnownMethod`, on a connection that no other peer shares.
 * @throws when the address is not available
 */
export function startFastLane(options: FastLaneOptions): FastLane {
  const { server, idleS } = options
  const counters: FastLaneCounters = { answered: 0, forwarded: 0, tunnelled: 0, upgraded: 0 }
  const peers = new Crowd<Peer>()
  const byBackendPort = new Map<number, Peer>()
  const answer = answerer(options, counters)
  const { filesMax = Number.POSITIVE_INFINITY, otherFiles = () => 0 } = options
  let files = 0
  let tick = 0

  /** A handler threw, which must not happen. */
  function fault(socket: { terminate(): void }, cause: Error): void {
    options.errorOf(cause, newRequestId())
    socket.terminate()
  }

  /**
   * Closes a connection that is idle between requests, if it finds one: HTTP/1.1 lets either side do so at any time (RFC 9112
   * section 9.5). Otherwise the oldest with a stalled request: peers that send partial requests must not keep out all others.
   * It looks at some of them, and at the next ones the next time: a flood of connections must not cost a walk over all for each.
   */
  function makeRoom(): boolean {
    let stalled: Peer | undefined
    for (const peer of peers.some()) {
      if (peer.idle) return end(peer)
      if (peer.state === 'answering' && tick - peer.tick > STALLED_S) stalled ??= peer
    }
    return stalled !== undefined && end(stalled)
  }

  function end(peer: Peer): true {
    // Counted here, as its socket closes later.
    if (peers.delete(peer)) files--
    peer.cut()
    return true
  }

  /** Counts more files if they fit, if necessary in the place of other connections'. Returns whether they do. */
  function take(more: number): boolean {
    while (files + more + otherFiles() > filesMax) if (!makeRoom()) return false
    files += more
    return true
  }

  const backend: SocketHandler<Peer> = {
    open(socket) {
      byBackendPort.set(socket.localPort, socket.data)
      socket.data.backendOpened(socket)
    },
    data: ({ data: peer }, chunk) => peer.backendData(chunk),
    drain: ({ data: peer }) => peer.backendDrain(),
    close(socket) {
      files -= BACKEND_FILES
      // The port may belong to another connection by now.
      if (byBackendPort.get(socket.localPort) === socket.data) byBackendPort.delete(socket.localPort)
      socket.data.backendClosed(socket)
    },
    connectError({ data: peer }) {
      files -= BACKEND_FILES
      peer.cut()
    },
    error: fault,
  }
  const share = new LoopShare()
  const lane: Lane = {
    answer,
    counters,
    upgrade: upgrader(options, counters),
    left: (peer) => void peers.delete(peer),
    fault,
    share,
    progress(peer) {
      peer.tick = tick
    },
    connect(peer) {
      if (!take(BACKEND_FILES)) {
        end(peer)
        return
      }
      const target = { hostname: LOOPBACK, port: server.port!, data: peer, socket: backend }
      // `connectError` has answered the peer.
      Bun.connect(target).catch(() => {})
    },
  }
  const handlers: SocketHandler<SocketOwner> = {
    open(socket) {
      // The runtime closes accepted sockets after two minutes, busy or not, unless told otherwise: the lane has its own timer.
      socket.timeout(0)
      if (!take(1)) {
        socket.data = REFUSED
        socket.terminate()
        return
      }
      const peer = new Peer(socket, lane)
      socket.data = peer
      lane.progress(peer)
      peers.add(peer)
    },
    // With this handler a socket is opened when it is accepted, not after its handshake: a peer that stalls in it is cut like any
    // other.
    handshake(socket, success) {
      if (!success) socket.terminate()
    },
    data: ({ data: owner }, chunk) => owner.data(chunk),
    drain: ({ data: owner }) => owner.drain(),
    end: ({ data: owner }) => owner.ended(),
    timeout: (socket) => socket.terminate(),
    close({ data: owner }) {
      if (owner !== REFUSED && (!(owner instanceof Peer) || peers.delete(owner))) files--
      owner.closed()
    },
    error: fault,
  }
  const listen = (port: number, tls: TlsOptions | undefined) =>
    Bun.listen<SocketOwner>({
      ...{ hostname: options.host, port, reusePort: options.reusePort ?? false },
      allowHalfOpen: true,
      ...(tls && { tls }),
      socket: handlers,
    })
  let listener = listen(options.port, options.tls)
  const { port } = listener
  standBehind(server, (port) => byBackendPort.get(port))
  const look = (peer: Peer): void => {
    if (tick - peer.forwardedTick > idleS / 2) peer.closeIdleBackend()
    if (peer.timed && tick - peer.tick > idleS) peer.cut()
  }
  let looking = false
  const timer = setInterval(() => {
    tick++
    // Others may have taken some meanwhile.
    take(0)
    if (looking) return
    looking = true
    const done = () => {
      looking = false
    }
    inTurns(peers.inSlices(look), { yieldThen: setImmediate, done })
  }, TICK_MS)
  timer.unref()

  return {
    port,
    counters,
    tunnelled: () => [...peers.values()].filter(({ state }) => state === 'tunnelled').length,
    queued: () => share.size,
    renew(tls) {
      listener.stop(false)
      listener = listen(port, tls)
    },
    stopListening: () => listener.stop(false),
    async close() {
      share.rush()
      const giveUpMs = performance.now() + LAST_ANSWERS_MS
      const until = async (done: () => boolean) => {
        while (!done() && performance.now() < giveUpMs)
          await new Promise<void>((resolve) => setTimeout(resolve, 5))
      }
      const isAnswering = ({ state }: Peer) => state === 'forwarded' || state === 'waiting'
      await until(() => share.size === 0 && !peers.values().some(isAnswering))
      for (const peer of peers.values())
        if (peer.state === 'answering' || peer.state === 'waiting') peer.cut()
      await server.stop(true)
      await until(() => peers.size === 0)
      listener.stop(true)
      clearInterval(timer)
    },
  }
}

function upgrader(
  { upgrade: route, prefix, isDraining, errorOf, origins }: FastLaneOptions,
  counters: FastLaneCounters,
): Lane['upgrade'] {
  return ({ target, key, protocols, host, origin, authorization, ...fields }, peer) => {
    const [path, query = ''] = splitOnce(target, '?')
    if (route === undefined || isDraining()) return undefined
    if (path !== route.path && path !== `${prefix}${route.path}`) return undefined
    if (origins?.allow(origin, host) === false) return undefined
    try {
      const address = (trust: TrustProxy) => forwardedAddress(trust, fields) ?? peer.address
      const taken = route.accept({ query, protocols, authorization, address })
      if (taken === undefined) return undefined
      return {
        answer: switching(key, taken.protocol),
        open(socket) {
          counters.upgraded++
          return taken.open(socket)
        },
      }
    } catch (cause) {
      errorOf(cause, newRequestId())
      return undefined
    }
  }
}

/** RFC 6455 section 4.2.2, with its constant. */
function switching(key: string, protocol: string): string {
  const accept = Bun.SHA1.hash(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`, 'base64')
  const fields = `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n`
  return `HTTP/1.1 101 Switching Protocols\r\n${fields}Sec-WebSocket-Protocol: ${protocol}\r\n\r\n`
}

function splitOnce(text: string, sign: string): [string, string?] {
  const at = text.indexOf(sign)
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + sign.length)]
}

/** For a socket without room: its input is ignored, and it is not counted. */
const REFUSED: SocketOwner = { data() {}, drain() {}, ended() {}, closed() {} }
