import { createHash } from 'node:crypto'
import type { SocketHandler } from 'bun'
import { inSlices, inTurns } from '../../../engine/turns.ts'
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
  /** Seconds without progress after which a connection is cut, looked at every second. */
  idleS: number
  /** The runtime's server, on `LOOPBACK`: it has every request that is not for the lane. */
  server: HttpServer
  /** Absent: the runtime's server has every WebSocket. */
  upgrade?: UpgradeRoute | undefined
  /**
   * Sockets at once, those of viewers that were handed over among them. At the bound one that waits for its next request
   * makes room for a new one, or one that sent a part of a request and nothing more for seconds; where there is none the new
   * one is closed. Default: no bound but the system's.
   */
  socketsMax?: number | undefined
  /** With which the lane speaks TLS; the runtime's server behind it does not. Default: neither does. */
  tls?: TlsOptions | undefined
  /** Whether other processes listen there too. Default false. */
  reusePort?: boolean
}

export interface FastLane {
  port: number
  counters: FastLaneCounters
  /** Connections that are with the runtime's server for good. */
  tunnelled(): number
  /** Speaks TLS with another certificate from now on; connections that are open go on. @throws when the port cannot be had, which can be tried again */
  renew(tls: TlsOptions): void
  /** Accepts no new connections. Those that are open go on. */
  stopListening(): void
  /** Stops the runtime's server and ends every connection, once the answers under way have passed, or after a second. */
  close(): Promise<void>
}

export interface FastLaneCounters {
  /** Requests that the lane answered. */
  answered: number
  /** Requests that the runtime's server answered, on connections that came back. */
  forwarded: number
  /** Connections that were given to the runtime's server for good. */
  tunnelled: number
  /** WebSockets that the lane handed over itself. */
  upgraded: number
}

export const LOOPBACK = '127.0.0.1'
const TICK_MS = 1000
/** The sender of a part of a request is left its place for so long where there is no other, in seconds. */
const STALLED_S = 5
const LAST_ANSWERS_MS = 1000

/**
 * A listener of our own before the runtime's server, for a process whose work is a few small requests again and again:
 * those are read and answered here, without a `Request` and a `Response`, which are most of what a tap costs.
 * Everything else goes to the runtime's server byte for byte, on a connection that no other peer shares.
 * @throws when the address cannot be had.
 */
export function startFastLane(options: FastLaneOptions): FastLane {
  const { server, idleS } = options
  const counters: FastLaneCounters = { answered: 0, forwarded: 0, tunnelled: 0, upgraded: 0 }
  const peers = new Set<Peer>()
  const byBackendPort = new Map<number, Peer>()
  const answer = answerer(options, counters)
  const { socketsMax = Number.POSITIVE_INFINITY } = options
  let sockets = 0
  let tick = 0

  /** A handler threw, which none should. */
  function fault(socket: { terminate(): void }, cause: Error): void {
    options.errorOf(cause, newRequestId())
    socket.terminate()
  }

  /**
   * Ends a connection that waits for its next request, if there is one: HTTP/1.1 lets either side do so at any time (RFC 9112
   * section 9.5). If not, the oldest whose request does not get on: whoever sends parts of requests alone may not keep all others out.
   */
  function makeRoom(): boolean {
    let stalled: Peer | undefined
    for (const peer of peers) {
      if (peer.idle) return end(peer)
      if (peer.state === 'answering' && tick - peer.tick > STALLED_S) stalled ??= peer
    }
    return stalled !== undefined && end(stalled)
  }

  function end(peer: Peer): true {
    peers.delete(peer)
    peer.cut()
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
      // The port may be another's by now.
      if (byBackendPort.get(socket.localPort) === socket.data) byBackendPort.delete(socket.localPort)
      socket.data.backendClosed(socket)
    },
    connectError: ({ data: peer }) => peer.cut(),
    error: fault,
  }
  const lane: Lane = {
    answer,
    counters,
    upgrade: upgrader(options, counters, peers),
    progress(peer) {
      peer.tick = tick
    },
    connect(peer) {
      const target = { hostname: LOOPBACK, port: server.port!, data: peer, socket: backend }
      // `connectError` has told the peer.
      Bun.connect(target).catch(() => {})
    },
  }
  const handlers: SocketHandler<SocketOwner> = {
    open(socket) {
      // The runtime ends what it accepted after two minutes, busy or not, unless it is told otherwise: the lane counts itself.
      socket.timeout(0)
      sockets++
      if (sockets > socketsMax && !makeRoom()) {
        socket.data = REFUSED
        socket.terminate()
        return
      }
      const peer = new Peer(socket, lane)
      socket.data = peer
      lane.progress(peer)
      peers.add(peer)
    },
    // With it a socket is opened when it is accepted, and not only once its handshake is done: a peer that does not get on with
    // that is cut as any other.
    handshake(socket, success) {
      if (!success) socket.terminate()
    },
    data: ({ data: owner }, chunk) => owner.data(chunk),
    drain: ({ data: owner }) => owner.drain(),
    end: ({ data: owner }) => owner.ended(),
    timeout: (socket) => socket.terminate(),
    close({ data: owner }) {
      sockets--
      if (owner instanceof Peer) peers.delete(owner)
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
    if (looking) return
    looking = true
    const done = () => {
      looking = false
    }
    inTurns(inSlices(peers, look), { yieldThen: setImmediate, done })
  }, TICK_MS)
  timer.unref()

  return {
    port,
    counters,
    tunnelled: () => [...peers].filter(({ state }) => state === 'tunnelled').length,
    renew(tls) {
      listener.stop(false)
      listener = listen(port, tls)
    },
    stopListening: () => listener.stop(false),
    async close() {
      const giveUpMs = performance.now() + LAST_ANSWERS_MS
      const until = async (done: () => boolean) => {
        while (!done() && performance.now() < giveUpMs)
          await new Promise<void>((resolve) => setTimeout(resolve, 5))
      }
      await until(() => ![...peers].some(({ state }) => state === 'forwarded' || state === 'waiting'))
      for (const peer of peers) if (peer.state === 'answering' || peer.state === 'waiting') peer.cut()
      await server.stop(true)
      await until(() => peers.size === 0)
      listener.stop(true)
      clearInterval(timer)
    },
  }
}

function upgrader(
  { upgrade: route, isDraining, errorOf }: FastLaneOptions,
  counters: FastLaneCounters,
  peers: Set<Peer>,
): Lane['upgrade'] {
  return ({ target, key, protocols, origin, authorization, ...fields }, peer) => {
    const [path, query = ''] = splitOnce(target, '?')
    if (route === undefined || path !== route.path || isDraining()) return undefined
    try {
      const address = (trust: TrustProxy) => forwardedAddress(trust, fields) ?? peer.address
      const taken = route.accept({ query, protocols, origin, authorization, address })
      if (taken === undefined) return undefined
      return {
        answer: switching(key, taken.protocol),
        open() {
          counters.upgraded++
          peers.delete(peer)
          const owner = taken.open(peer.socket)
          peer.socket.data = owner
          return owner
        },
      }
    } catch (cause) {
      errorOf(cause, newRequestId())
      return undefined
    }
  }
}

/** RFC 6455 section 4.2.2, by its own constant. */
function switching(key: string, protocol: string): string {
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
  const fields = `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n`
  return `HTTP/1.1 101 Switching Protocols\r\n${fields}Sec-WebSocket-Protocol: ${protocol}\r\n\r\n`
}

function splitOnce(text: string, sign: string): [string, string?] {
  const at = text.indexOf(sign)
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + sign.length)]
}

/** Of a socket that there was no room for: nothing is read of it. */
const REFUSED: SocketOwner = { data() {}, drain() {}, ended() {}, closed() {} }
