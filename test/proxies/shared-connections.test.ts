import { expect, test } from 'bun:test'
import { startRoar } from '../embedded.ts'
import { REACTIONS, Wire } from '../fuzz/lane-rig.ts'
import { needs } from '../needs.ts'
import { SECRET, tokenOf, votingClient } from '../polls/voting.ts'
import { startHaproxy } from './haproxy.ts'

const VOTES = '/v1/shows/final/polls/mvp/votes'
const chunkedPost = (path: string, body: string, fields = '') =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\n${fields}Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n` +
  `${body.length.toString(16)}\r\n${body}\r\n0\r\nX-Sum: 1\r\n\r\n`

/** What one client, on a connection of its own to the balancer, gets for one request. */
async function statusOf(port: number, request: string): Promise<string> {
  const wire = await Wire.open(port)
  wire.send(request)
  await wire.hears('HTTP/1.1 ')
  while (wire.received.length < 3) await new Promise((turn) => setImmediate(turn))
  wire.socket.destroy()
  return wire.received.slice(0, 3)
}

test.skipIf(!needs('haproxy')).each(['on', 'off'])(
  'behind a balancer that shares connections a trailer is nobody else’s request (fast lane %s)',
  async (lane) => {
    const roar = await startRoar('--auth-secret', SECRET, '--fast-lane', lane)
    const client = votingClient(roar.url)
    await client.create('mvp', {})
    await client.act('mvp', 'open')
    const haproxy = await startHaproxy(Number(new URL(roar.url).port), {
      mode: 'http',
      more: ['http-reuse always'],
      server: 'pool-max-conn 1',
    })
    try {
      for (let round = 0; round < 5; round++) {
        expect(await statusOf(haproxy.port, chunkedPost(REACTIONS, '{"stickers":{"heart":1}}'))).toBe('202')
        expect(await statusOf(haproxy.port, 'GET /v1/shows/final HTTP/1.1\r\nHost: x\r\n\r\n')).toBe('200')
        const token = `Authorization: Bearer ${tokenOf(`voter-${round}`)}\r\n`
        const voted = await statusOf(haproxy.port, chunkedPost(VOTES, '{"choice":"anna"}', token))
        // The runtime refuses the trailer before the vote is durable; the lane has dropped it.
        if (lane === 'on') expect(voted).toBe('201')
        expect(await statusOf(haproxy.port, 'GET /v1/shows/final HTTP/1.1\r\nHost: x\r\n\r\n')).toBe('200')
      }
    } finally {
      await haproxy.stop()
      await roar.stop()
    }
  },
)
