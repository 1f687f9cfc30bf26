/**
 * Bare Bun: the least a server can do with a burst. `read` parses the JSON body and answers, `blind` answers without parsing. The
 * answer has the same bytes as ours. Prints its port.
 */
const ANSWER = '{"flushMs":1000,"sample":1}'
const HEADERS = { status: 202, headers: { 'Content-Type': 'application/json' } }
const reads = process.argv[2] === 'read'

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  routes: {
    '/v1/shows/:show/reactions': {
      POST: reads
        ? async (request) => {
            await request.json()
            return new Response(ANSWER, HEADERS)
          }
        : () => new Response(ANSWER, HEADERS),
    },
  },
})
console.log(server.port)
