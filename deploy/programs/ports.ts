import { createServer } from 'node:net'

/**
 * Below what systems hand out to connections (Linux from 32768, macOS and Windows from 49152), and above those that browsers
 * refuse (10080 is the last).
 */
const FROM = 11_000
const TO = 32_000

/** Each process has ports of its own and gives them in turn: one that was given is listened at only seconds later. */
const PORTS_EACH = 250
const FIRST = FROM + PORTS_EACH * (process.pid % Math.floor((TO - FROM) / PORTS_EACH))
let asked = Math.floor(Math.random() * PORTS_EACH)

/**
 * Ports of the loopback that nobody listens at, each another. A program may take seconds until it listens at its port, so
 * none is of the range from which the system takes ports for connections: any client's would get in between.
 * @throws where all that this process has are taken
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  for (let tried = 0; ports.size < count; tried++) {
    if (tried === PORTS_EACH) throw new Error(`there are not ${count} free ports from ${FIRST} on`)
    const port = FIRST + (asked++ % PORTS_EACH)
    if (await isFree(port)) ports.add(port)
  }
  return [...ports]
}

/** A port of the loopback that nobody listens at. */
export const freePort = async (): Promise<number> => (await freePorts(1))[0]!

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
