import { expect, test } from 'bun:test'
import type { FleetPacket } from '../../protocol/fleet.ts'
import type { IngestSettings } from './context.ts'
import { whereToConnect } from './where-to-connect.ts'

const FLEET: FleetPacket = {
  at: 1,
  connections: 5,
  limit: 10,
  jitterMs: 700,
  edges: [
    { urls: ['wss://e1.example/mqtt', 'mqtts://e1.example'], weight: 9 },
    { urls: ['wss://e2.example/mqtt'], weight: 2 },
  ],
}
const where = (fleet: FleetPacket | undefined, pubsub: string[] = []) =>
  whereToConnect(
    {
      edges: () => fleet,
      settings: { pubsub } as IngestSettings,
      ownAddress: () => 'ws://own.example/mqtt',
    },
    new Request('http://own.example/'),
    () => 0,
  )

test('viewers are sent to the edges with room, by their weights, before what the settings say', () => {
  expect(where(FLEET, ['wss://static.example/mqtt'])).toEqual({
    pubsub: ['wss://e1.example/mqtt', 'mqtts://e1.example', 'wss://e2.example/mqtt'],
    weight: [9, 9, 2],
    jitterMs: 700,
  })
})

test('where no edge says where it is, or none has room, the settings say it, or the address that was asked', () => {
  for (const fleet of [undefined, { ...FLEET, edges: [] }]) {
    expect(where(fleet, ['wss://static.example/mqtt'])).toEqual({ pubsub: ['wss://static.example/mqtt'] })
    expect(where(fleet)).toEqual({ pubsub: ['ws://own.example/mqtt'] })
  }
})
