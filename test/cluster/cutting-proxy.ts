import type { Socket } from 'bun'

/**
 * Where to cut a connection: at this many client packets from now on, before the packet is forwarded or after it was answered.
 */
export interface Cut {
  packet: number
  answered: boolean
}

/** What a starting PostgreSQL answers to everybody. */
const STARTING = (() => {
  const fields = Buffer.from('SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0')
  const head = Buffer.from('E....')
  head.writeInt32BE(fields.length + 4, 1)
  return Buffer.concat([head, fields])
})()

interface Pair {
  client: Socket<Pair>
  server: Socket<unknown> | undefined
  early: Buffer[]
  /** The next answer from the server is dropped. */
  isMute: boolean
}

/** A proxy between a client and a server that can cut connections. */
export async function cuttingProxy(port: number) {
  const pairs = new Set<Pair>()
  let isDown = false
  let packets = 0
  let planned: Cut | undefined
  let staysDown = false
  let cuts = 0

  const down = () => {
    isDown = true
    for (const pair of pairs) end(pair)
  }
  const end = (pair: Pair) => {
    pairs.delete(pair)
    pair.client.terminate()
    pair.server?.terminate()
  }
  const cut = (pair: Pair) => {
    cuts++
    planned = undefined
    if (staysDown) down()
    else end(pair)
  }
  const forward = (pair: Pair, bytes: Buffer) => {
    if (pair.server === undefined) pair.early.push(bytes)
    else pair.server.write(bytes)
  }

  const listener = Bun.listen<Pair>({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      async open(client) {
        const pair: Pair = { client, server: undefined, early: [], isMute: false }
        client.data = pair
        pairs.add(pair)
        if (isDown) return
        pair.server = await Bun.connect({
          hostname: '127.0.0.1',
          port,
          socket: {
            data: (_, bytes) => void (pair.isMute ? cut(pair) : client.write(bytes)),
            close: () => end(pair),
            error: () => end(pair),
          },
        })
        for (const bytes of pair.early) pair.server.write(bytes)
      },
      data({ data: pair }, bytes) {
        if (isDown) return void pair.client.end(STARTING)
        packets++
        const isPlanned = planned?.packet === packets
        if (isPlanned && !planned!.answered) return cut(pair)
        pair.isMute = isPlanned
        forward(pair, Buffer.from(bytes))
      },
      close: ({ data: pair }) => end(pair),
      error: ({ data: pair }) => end(pair),
    },
  })

  return {
    port: listener.port,
    /** Counts packets from here on, and cuts that connection, or with `stays` all connections until `up`. */
    plan(next: Cut, { stays }: { stays: boolean }) {
      packets = 0
      cuts = 0
      planned = next
      staysDown = stays
    },
    /** Whether the planned cut has happened. */
    hasCut: () => cuts > 0,
    /** Cuts every connection, and accepts none. */
    down,
    up() {
      isDown = false
      planned = undefined
    },
    close: () => listener.stop(true),
  }
}
