import { createServer } from 'node:net'

/**
 * Below the ports that systems give to connections (Linux from 32768, macOS and Windows from 49152), and above those that
 * browsers refuse (10080 is the last).
 */
const FROM = 11_000
const TO = 32_000

/** Each process has ports of its own and hands them out in turn: a program may only listen on its port seconds later. */
const PORTS_EACH = 250
const FIRST = FROM + PORTS_EACH * (process.pid % Math.floor((TO - FROM) / PORTS_EACH))
let asked = Math.floor(Math.random() * PORTS_EACH)

/**
 * Distinct loopback ports that nobody listens on. A program may take seconds to listen on its port, so none is from the range
 * that the system gives to connections: some client's would come in between.
 * @throws if all ports of this process are taken
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

/** A loopback port that nobody listens on. */
export const freePort = async (): Promise<number> => (await freePorts(1))[0]!

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
