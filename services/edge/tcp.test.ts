import { expect, spyOn, test } from 'bun:test'
import { once } from 'node:events'
import { connect } from 'node:net'
import { encodeConnect } from '../../protocol/mqtt/encode-client.ts'
import { startEdge } from './edge-fixture.ts'

test('the runtime, which ends what it accepts after two minutes, leaves viewers over TCP alone', async () => {
  const edge = startEdge()
  const address = { hostname: '127.0.0.1', port: edge.tcpPort }
  const own = await Bun.connect({ ...address, socket: { data() {} } })
  const told = spyOn(Object.getPrototypeOf(own) as typeof own, 'timeout')
  const viewer = connect(edge.tcpPort, address.hostname)
  viewer.write(encodeConnect({ clientId: 'v', keepAliveS: 0 }))
  await once(viewer, 'data')
  expect(told.mock.calls).toContainEqual([0])
  told.mockRestore()
  own.terminate()
  viewer.destroy()
  await edge.close()
})
