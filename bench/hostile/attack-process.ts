import { connect, type Socket } from 'node:net'
import { type Attack, type Attacked, HOSTILE_ADDRESS, hostileInputs, PROXY_ADDRESS } from './inputs.ts'

/**
 * The clients of one hostile input, until this process's input ends. Arguments: the input's name, the server's ports and a
 * ClientHello as JSON. Prints a line when it is ready; with each input line its clients come, or leave: then it prints how often
 * they came, were cut, and what they sent.
 */

/** How long a client waits after it was cut. */
const BACK_AFTER_MS = 20
/** Bytes that may wait in this process for one connection. */
const WAITING_BYTES_MAX = 256 * 1024

const { name, ports, clientHello } = JSON.parse(process.argv[2]!) as Attack
const input = hostileInputs(Buffer.from(clientHello, 'base64'))[name]!

/** The clients, from when they come until they leave. */
class Crowd {
  readonly attacked: Attacked = { came: 0, cut: 0, bytes: 0 }
  readonly #sockets = new Set<Socket>()
  #isOver = false

  constructor() {
    for (let opened = 0; opened < input.connections; opened++) this.#come()
  }

  leave(): void {
    this.#isOver = true
    for (const socket of this.#sockets) socket.destroy()
  }

  /** One client, which comes back for as long as the attack lasts. */
  #come(): void {
    if (this.#isOver) return
    const { attacked } = this
    const { port, hello, again, holdMs, deaf } = input
    const socket: Socket = connect({
      host: '127.0.0.1',
      localAddress: port === 'proxy' ? PROXY_ADDRESS : HOSTILE_ADDRESS,
      port: port === 'http' ? ports.http : ports.mqtt,
      noDelay: true,
    })
    this.#sockets.add(socket)
    let timer: Timer | undefined
    let [nth, left] = [0, false]
    const send = (bytes: Uint8Array) => {
      if (bytes.length === 0 || socket.writableLength > WAITING_BYTES_MAX) return
      attacked.bytes += bytes.length
      socket.write(bytes)
    }
    const leave = () => {
      left = true
      socket.destroy()
    }
    socket.on('connect', () => {
      attacked.came++
      if (deaf) socket.pause()
      else socket.resume()
      send(hello)
      if (again) timer = setInterval(() => send(again.bytes(nth++)), again.everyMs)
      if (holdMs !== undefined) setTimeout(leave, holdMs)
    })
    // A reset is one way of being cut.
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      clearInterval(timer)
      this.#sockets.delete(socket)
      if (this.#isOver) return
      if (!left) attacked.cut++
      setTimeout(() => this.#come(), BACK_AFTER_MS)
    })
  }
}

let crowd: Crowd | undefined
console.log('ready')
for await (const _ of console) {
  crowd?.leave()
  if (crowd) console.log(JSON.stringify(crowd.attacked))
  crowd = crowd ? undefined : new Crowd()
}
process.exit()
