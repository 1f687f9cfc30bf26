import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { IN_ONE_TURN } from '../../engine/turns.ts'
import { encodeConnect } from '../../protocol/mqtt/encode-client.ts'
import { startEdge } from './edge-fixture.ts'

const VIEWERS = IN_ONE_TURN + 200
/** Those who leave while the others are told, another draw with each seed. */
const SEED = Number(process.env.SEED ?? 7)

const CONNECT = encodeConnect({ clientId: 'v', keepAliveS: 0 })
/** The level of MQTT 5 stands behind the name of the protocol; then no properties. */
const CONNECT_5 = Uint8Array.from([0x10, 14, 0, 4, 0x4d, 0x51, 0x54, 0x54, 5, 2, 0, 0, 0, 0, 1, 0x76])

test(`however many viewers there are and leave meanwhile, closing an edge tells each of them and ends (seed ${SEED})`, async () => {
  let between = (): void => {}
  const fixture = startEdge({
    yieldThen: (resume) => {
      between()
      setImmediate(resume)
    },
  })
  const viewers = await Promise.all(
    Array.from({ length: VIEWERS }, async (_, i) => {
      const viewer = { accepted: false, told: 0, ended: false, leave: () => {} }
      const socket = await Bun.connect({
        hostname: '127.0.0.1',
        port: fixture.tcpPort,
        socket: {
          open: (socket) => void socket.write(i % 2 === 0 ? CONNECT : CONNECT_5),
          data(_socket, bytes) {
            if (bytes[0] === 0x20) viewer.accepted = true
            // DISCONNECT, as version 5 has it from a server: 0x8B, it is shutting down.
            for (const [at, byte] of bytes.entries())
              if (byte === 0xe0 && bytes[at + 2] === 0x8b) viewer.told++
          },
          end: (socket) => void socket.end(),
          close() {
            viewer.ended = true
          },
        },
      })
      viewer.leave = () => void socket.terminate()
      return viewer
    }),
  )
  const turn = () => new Promise((resume) => setImmediate(resume))
  while (!viewers.every(({ accepted }) => accepted)) await turn()

  const [leavers] = fc.sample(
    fc.shuffledSubarray(viewers.slice(IN_ONE_TURN), { minLength: 20, maxLength: 20 }),
    {
      seed: SEED,
      numRuns: 1,
    },
  )
  between = () => {
    for (const { leave } of leavers!) leave()
    between = () => {}
  }
  const { connections } = fixture.edge.counters()
  await fixture.edge.close()
  expect(connections.tcp).toEqual({ connecting: 0, v4: 0, v5: 0 })
  while (!viewers.every(({ ended }) => ended)) await turn()
  for (const [i, viewer] of viewers.entries()) {
    if (!leavers!.includes(viewer)) expect([i, viewer.told]).toEqual([i, i % 2])
  }
  await fixture.close()
})
