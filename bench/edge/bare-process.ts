/** The runtime's WebSocket and TCP servers with canned MQTT answers. Prints their ports. */

export {}

/** CONNACK and SUBACK, for any input. */
const ANSWER = Buffer.of(0x20, 2, 0, 0, 0x90, 3, 0, 1, 0)
const hostname = '127.0.0.1'

const server = Bun.serve({
  hostname,
  port: 0,
  fetch: (request, server) =>
    server.upgrade(request, { headers: { 'Sec-WebSocket-Protocol': 'mqtt' } })
      ? undefined
      : new Response(null, { status: 400 }),
  websocket: {
    perMessageDeflate: false,
    open: (socket) => void socket.subscribe('one topic'),
    message: (socket) => void socket.sendBinary(ANSWER),
  },
})
const listener = Bun.listen({
  hostname,
  port: 0,
  socket: { data: (socket) => void socket.write(ANSWER) },
})
console.log(JSON.stringify({ WebSocket: server.port, TCP: listener.port }))
