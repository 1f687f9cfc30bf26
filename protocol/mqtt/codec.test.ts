import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import mqttPacket, { type Packet } from 'mqtt-packet'
import { decodeClientPacket, UnsupportedVersionError } from './decode-client.ts'
import { decodeServerPacket } from './decode-server.ts'
import {
  encodeConnect,
  encodeDisconnect,
  encodePingreq,
  encodeSubscribe,
  encodeUnsubscribe,
} from './encode-client.ts'
import {
  encodeConnack,
  encodePingresp,
  encodePublish,
  encodeServerDisconnect,
  encodeSuback,
  encodeUnsuback,
} from './encode-server.ts'
import { FrameReader } from './frame-reader.ts'
import { MqttError, type MqttVersion, REASON, reasonName } from './wire.ts'

const frameOf = (bytes: Uint8Array) => [...new FrameReader({ packetBytesMax: 1 << 20 }).read(bytes)][0]!
const decodeClient = (bytes: Uint8Array, version: MqttVersion = 4) =>
  decodeClientPacket(frameOf(bytes), version)
const decodeServer = (bytes: Uint8Array) => decodeServerPacket(frameOf(bytes))

/** mqtt-packet, the codec of mqtt.js, reads what ours wrote. */
function readByPeer(bytes: Uint8Array, protocolVersion: MqttVersion): Packet {
  const parser = mqttPacket.parser({ protocolVersion })
  const packets: Packet[] = []
  parser.on('packet', (packet) => packets.push(packet))
  parser.parse(Buffer.from(bytes))
  return packets[0]!
}

const text = fc
  .string({ unit: 'grapheme', maxLength: 40 })
  .filter((s) => !s.includes('\0') && s.isWellFormed())
const topic = text.filter((s) => s !== '' && !/[+#]/.test(s))
const packetId = fc.integer({ min: 1, max: 0xffff })
const version = fc.constantFrom<MqttVersion>(4, 5)
const payload = fc.uint8Array({ maxLength: 300 })

describe('what a viewer encodes, an edge decodes', () => {
  test('CONNECT, with every mix of user name and password', () => {
    fc.assert(
      fc.property(
        text,
        fc.integer({ min: 0, max: 0xffff }),
        fc.option(text, { nil: undefined }),
        fc.option(text, { nil: undefined }),
        (clientId, keepAliveS, username, password) => {
          const bytes = encodeConnect({
            clientId,
            keepAliveS,
            ...(username === undefined ? {} : { username }),
            ...(password === undefined ? {} : { password }),
          })
          expect(decodeClient(bytes)).toEqual({
            type: 'connect',
            version: 4,
            clientId,
            clean: true,
            keepAliveS,
            will: undefined,
            // A password needs a user name in 3.1.1.
            username: username ?? (password === undefined ? undefined : ''),
            password: password === undefined ? undefined : new TextEncoder().encode(password),
            packetBytesMax: undefined,
            authenticationMethod: undefined,
            sessionExpiryS: 0,
          })
        },
      ),
    )
  })

  test('SUBSCRIBE and UNSUBSCRIBE', () => {
    fc.assert(
      fc.property(packetId, fc.array(text, { minLength: 1, maxLength: 9 }), (id, filters) => {
        const options = { qos: 0, noLocal: false, retainAsPublished: false, retainHandling: 0 }
        expect(decodeClient(encodeSubscribe(id, filters))).toEqual({
          type: 'subscribe',
          packetId: id,
          subscriptions: filters.map((filter) => ({ filter, ...options })),
          subscriptionIdentifier: undefined,
        })
        expect(decodeClient(encodeUnsubscribe(id, filters))).toEqual({
          type: 'unsubscribe',
          packetId: id,
          filters,
        })
      }),
    )
  })

  test('PINGREQ and DISCONNECT', () => {
    expect(decodeClient(encodePingreq())).toEqual({ type: 'pingreq' })
    expect(decodeClient(encodeDisconnect())).toEqual({
      type: 'disconnect',
      reason: 0,
      sessionExpiryS: undefined,
    })
  })
})

describe('what an edge encodes', () => {
  test('a viewer decodes, in 3.1.1', () => {
    fc.assert(
      fc.property(
        packetId,
        topic,
        payload,
        fc.boolean(),
        fc.array(fc.constantFrom(0, 0x80)),
        (id, name, bytes, retain, codes) => {
          const publish = { topic: name, payload: bytes, retain }
          expect(decodeServer(encodePublish(4, publish))).toEqual({ type: 'publish', ...publish })
          expect(decodeServer(encodeSuback(4, id, codes))).toEqual({ type: 'suback', packetId: id, codes })
          expect(decodeServer(encodeUnsuback(4, id, codes))).toEqual({ type: 'unsuback', packetId: id })
        },
      ),
    )
    expect(decodeServer(encodePingresp())).toEqual({ type: 'pingresp' })
  })

  test('mqtt-packet reads alike, in both versions', () => {
    fc.assert(
      fc.property(version, packetId, topic, payload, fc.boolean(), (v, id, name, bytes, retain) => {
        const publish = readByPeer(encodePublish(v, { topic: name, payload: bytes, retain }), v)
        expect(publish).toMatchObject({ cmd: 'publish', topic: name, qos: 0, retain, dup: false })
        expect([...((publish as { payload: Buffer }).payload ?? [])]).toEqual([...bytes])
        expect(readByPeer(encodeSuback(v, id, [0, 0x80]), v)).toMatchObject({
          cmd: 'suback',
          messageId: id,
          granted: [0, 0x80],
        })
        expect(readByPeer(encodeUnsuback(v, id, [0, 0x11]), v)).toMatchObject({
          cmd: 'unsuback',
          messageId: id,
        })
      }),
    )
    expect(readByPeer(encodePingresp(), 5)).toMatchObject({ cmd: 'pingresp' })
    expect(
      readByPeer(encodeServerDisconnect(0x8b, { reasonString: 'bye', reference: 'e2.example:1883' }), 5),
    ).toMatchObject({
      cmd: 'disconnect',
      reasonCode: 0x8b,
      properties: { reasonString: 'bye', serverReference: 'e2.example:1883' },
    })
  })

  test('the properties of a publisher go along in version 5, each where there is one', () => {
    const message = { topic: 'a', payload: Uint8Array.of(1), retain: false }
    const properties = {
      isText: true,
      expiryS: 70_000,
      contentType: 'text/plain',
      responseTopic: 'b',
      correlationData: Uint8Array.of(7, 8),
      userProperties: [
        ['x', '1'],
        ['y', '2'],
      ] as [string, string][],
    }
    const heard = (some: Partial<typeof properties>) =>
      (readByPeer(encodePublish(5, { ...message, properties: some }), 5) as { properties?: object })
        .properties
    const all = {
      payloadFormatIndicator: true,
      messageExpiryInterval: 70_000,
      contentType: 'text/plain',
      responseTopic: 'b',
      correlationData: Buffer.from([7, 8]),
      userProperties: Object.assign(Object.create(null), { x: '1', y: '2' }),
    }
    expect(heard(properties)).toMatchObject(all)
    const names = Object.keys(properties) as (keyof typeof properties)[]
    for (const [i, name] of names.entries())
      expect(Object.keys(heard({ [name]: properties[name] })!)).toEqual([Object.keys(all)[i]!])
    expect(heard({})).toBeUndefined()
  })

  test('CONNACK announces to version 5 what is not offered', () => {
    const announce = { packetBytesMax: 8192, assignedClientId: 'a1', serverKeepAliveS: 600 }
    expect(readByPeer(encodeConnack({ version: 5, announce }), 5)).toMatchObject({
      cmd: 'connack',
      sessionPresent: false,
      reasonCode: 0,
      properties: {
        sessionExpiryInterval: 0,
        maximumQoS: 0,
        retainAvailable: true,
        maximumPacketSize: 8192,
        assignedClientIdentifier: 'a1',
        wildcardSubscriptionAvailable: true,
        subscriptionIdentifiersAvailable: false,
        sharedSubscriptionAvailable: false,
        serverKeepAlive: 600,
      },
    })
  })

  test.each([
    [REASON.success, 0],
    [REASON.unsupportedProtocolVersion, 1],
    [REASON.clientIdentifierNotValid, 2],
    [REASON.serverUnavailable, 3],
    [REASON.badUserNameOrPassword, 4],
    [REASON.notAuthorized, 5],
    [REASON.serverBusy, 3],
    [REASON.quotaExceeded, 3],
    [REASON.connectionRateExceeded, 3],
    [REASON.useAnotherServer, 3],
    [REASON.qosNotSupported, 5],
    [REASON.badAuthenticationMethod, 5],
    [REASON.packetTooLarge, 5],
  ])('CONNACK says reason %i to 3.1.1 as return code %i: 3 only for what passes', (reason, returnCode) => {
    const bytes = encodeConnack({ version: 4, reason })
    expect(decodeServer(bytes)).toEqual({ type: 'connack', sessionPresent: false, returnCode })
  })
})

describe('what mqtt-packet encodes, an edge decodes', () => {
  const written = (packet: Packet, protocolVersion: MqttVersion) =>
    decodeClient(mqttPacket.generate(packet, { protocolVersion }), protocolVersion)

  test('CONNECT of version 5 with properties and a will', () => {
    const packet: Packet = {
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 5,
      clean: true,
      clientId: 'viewer',
      keepalive: 60,
      username: 'u',
      password: Buffer.from('token'),
      will: {
        topic: 'gone',
        payload: Buffer.from('x'),
        qos: 1,
        retain: true,
        properties: { willDelayInterval: 5 },
      },
      properties: {
        sessionExpiryInterval: 100,
        receiveMaximum: 10,
        maximumPacketSize: 1000,
        topicAliasMaximum: 3,
        requestProblemInformation: true,
        userProperties: { a: ['1', '2'] },
      },
    }
    expect(written(packet, 5)).toEqual({
      type: 'connect',
      version: 5,
      clientId: 'viewer',
      clean: true,
      keepAliveS: 60,
      will: { topic: 'gone', qos: 1, retain: true },
      username: 'u',
      password: new Uint8Array(Buffer.from('token')),
      packetBytesMax: 1000,
      authenticationMethod: undefined,
      sessionExpiryS: 100,
    })
  })

  test('SUBSCRIBE of version 5 with all its options', () => {
    const subscription = { topic: 'roar/final/#', qos: 2, nl: true, rap: true, rh: 2 } as const
    const packet: Packet = {
      cmd: 'subscribe',
      messageId: 7,
      subscriptions: [subscription],
      properties: { subscriptionIdentifier: 300 },
    }
    expect(written(packet, 5)).toEqual({
      type: 'subscribe',
      packetId: 7,
      subscriptions: [
        { filter: 'roar/final/#', qos: 2, noLocal: true, retainAsPublished: true, retainHandling: 2 },
      ],
      subscriptionIdentifier: 300,
    })
  })

  test('PUBLISH in every QoS', () => {
    fc.assert(
      fc.property(version, topic, payload, fc.constantFrom(0, 1, 2), packetId, (v, name, bytes, qos, id) => {
        const packet = {
          cmd: 'publish',
          topic: name,
          payload: Buffer.from(bytes),
          qos,
          retain: false,
          dup: false,
          messageId: id,
        }
        const decoded = written(packet as Packet, v)
        expect(decoded).toMatchObject({ type: 'publish', topic: name, qos, retain: false })
        if (decoded.type === 'publish') expect([...decoded.payload]).toEqual([...bytes])
      }),
    )
  })

  test('DISCONNECT and AUTH of version 5, and acknowledgements', () => {
    const disconnect = { cmd: 'disconnect', reasonCode: 4, properties: { reasonString: 'bye' } } as const
    expect(written(disconnect, 5)).toEqual({ type: 'disconnect', reason: 4, sessionExpiryS: undefined })
    expect(written({ cmd: 'auth', reasonCode: 0 } as Packet, 5)).toEqual({ type: 'auth' })
    expect(written({ cmd: 'puback', messageId: 1 } as Packet, 5)).toEqual({ type: 'acknowledgement' })
    expect(written({ cmd: 'pubrel', messageId: 1 } as Packet, 4)).toEqual({ type: 'acknowledgement' })
  })
})

/** Bytes that break one rule each, with the reason a version 5 client would hear. */
const connectHead = [0, 4, 77, 81, 84, 84]
const connect4 = (flags: number, ...rest: number[]) => [...connectHead, 4, flags, 0, 60, ...rest]
const connect5 = (...properties: number[]) => [
  ...connectHead,
  5,
  2,
  0,
  60,
  properties.length,
  ...properties,
  0,
  0,
]
test.each<[clause: string, first: number, body: number[], reason: number, version?: MqttVersion]>([
  ['CONNECT with the reserved flag [MQTT-3.1.2-3]', 0x10, connect4(3, 0, 0), REASON.malformedPacket],
  ['CONNECT with will QoS 3 [MQTT-3.1.2-14]', 0x10, connect4(0x1e, 0, 0), REASON.malformedPacket],
  [
    'CONNECT with will retain but no will [MQTT-3.1.2-15]',
    0x10,
    connect4(0x22, 0, 0),
    REASON.malformedPacket,
  ],
  [
    'CONNECT with a password but no name [MQTT-3.1.2-22]',
    0x10,
    connect4(0x42, 0, 0, 0, 0),
    REASON.malformedPacket,
  ],
  ['CONNECT of another protocol', 0x10, [0, 4, 77, 81, 84, 88, 4, 2, 0, 0, 0, 0], REASON.malformedPacket],
  ['CONNECT with bytes after its end', 0x10, connect4(2, 0, 0, 1), REASON.malformedPacket],
  ['CONNECT that ends in its client id', 0x10, connect4(2, 0, 9, 65), REASON.malformedPacket],
  [
    'CONNECT with ill-formed UTF-8 [MQTT-1.5.3-1]',
    0x10,
    connect4(2, 0, 2, 0xc3, 0x28),
    REASON.malformedPacket,
  ],
  [
    'CONNECT with a surrogate [MQTT-1.5.3-1]',
    0x10,
    connect4(2, 0, 3, 0xed, 0xa0, 0x80),
    REASON.malformedPacket,
  ],
  ['CONNECT with U+0000 [MQTT-1.5.3-2]', 0x10, connect4(2, 0, 1, 0), REASON.malformedPacket],
  ['CONNECT with reserved bits [MQTT-2.2.2-2]', 0x11, connect4(2, 0, 0), REASON.malformedPacket],
  ['CONNECT with a property twice', 0x10, connect5(33, 0, 1, 33, 0, 1), REASON.protocolError],
  ['CONNECT with a property of PUBLISH', 0x10, connect5(35, 0, 1), REASON.malformedPacket],
  ['CONNECT with a property nobody knows', 0x10, connect5(99), REASON.malformedPacket],
  ['CONNECT with Receive Maximum 0', 0x10, connect5(33, 0, 0), REASON.protocolError],
  ['CONNECT with Maximum Packet Size 0', 0x10, connect5(39, 0, 0, 0, 0), REASON.protocolError],
  ['CONNECT with authentication data but no method', 0x10, connect5(22, 0, 0), REASON.protocolError],
  ['CONNECT with a flag property of 2', 0x10, connect5(23, 2), REASON.protocolError],
  ['SUBSCRIBE with flags 0 [MQTT-3.8.1-1]', 0x80, [0, 1, 0, 1, 97, 0], REASON.malformedPacket],
  ['SUBSCRIBE with packet identifier 0 [MQTT-2.3.1-1]', 0x82, [0, 0, 0, 1, 97, 0], REASON.malformedPacket],
  ['SUBSCRIBE without a filter [MQTT-3.8.3-3]', 0x82, [0, 1], REASON.protocolError],
  ['SUBSCRIBE with QoS 3 [MQTT-3-8.3-4]', 0x82, [0, 1, 0, 1, 97, 3], REASON.malformedPacket],
  ['SUBSCRIBE of 3.1.1 with options of 5', 0x82, [0, 1, 0, 1, 97, 4], REASON.malformedPacket],
  ['SUBSCRIBE with retain handling 3', 0x82, [0, 1, 0, 0, 1, 97, 0x30], REASON.malformedPacket, 5],
  ['SUBSCRIBE with reserved options', 0x82, [0, 1, 0, 0, 1, 97, 0x40], REASON.malformedPacket, 5],
  ['SUBSCRIBE with properties over its end', 0x82, [0, 1, 90, 11], REASON.malformedPacket, 5],
  ['SUBSCRIBE with identifier 0', 0x82, [0, 1, 2, 11, 0, 0, 1, 97, 0], REASON.protocolError, 5],
  ['UNSUBSCRIBE without a filter [MQTT-3.10.3-2]', 0xa2, [0, 1], REASON.protocolError],
  ['PUBLISH with QoS 3 [MQTT-3.3.1-4]', 0x36, [0, 1, 97, 0, 1], REASON.malformedPacket],
  ['PUBLISH with DUP but QoS 0 [MQTT-3.3.1-2]', 0x38, [0, 1, 97], REASON.malformedPacket],
  ['PUBLISH with an alias that was not offered', 0x30, [0, 1, 97, 3, 35, 0, 1], REASON.topicAliasInvalid, 5],
  ['PUBREL with flags 0 [MQTT-3.6.1-1]', 0x60, [0, 1], REASON.malformedPacket],
  ['AUTH in 3.1.1', 0xf0, [], REASON.malformedPacket],
  ['PINGREQ with a body', 0xc0, [1], REASON.malformedPacket],
  ['a packet that only servers send', 0xd0, [], REASON.protocolError],
  ['packet type 0', 0x00, [], REASON.protocolError],
])('%s is refused', (_clause, first, body, reason, version = 4) => {
  const frame = { type: first >> 4, flags: first & 15, body: Uint8Array.from(body) }
  expect(() => decodeClientPacket(frame, version)).toThrow(
    expect.objectContaining({ name: 'MqttError', reason }),
  )
})

test.each([
  ['MQTT 3.1', [0, 6, 77, 81, 73, 115, 100, 112, 3, 2, 0, 0, 0, 0], 4],
  ['level 6', [...connectHead, 6, 2, 0, 0, 0, 0], 5],
  ['level 0', [...connectHead, 0], 4],
  ["3.1.1 with a bridge's bit", [...connectHead, 0x84, 2, 0, 0, 0, 0], 4],
  ["MQTT 3.1 with a bridge's bit", [0, 6, 77, 81, 73, 115, 100, 112, 0x83, 2, 0, 0, 0, 0], 4],
  ["5 with a bridge's bit", [...connectHead, 0x85, 2, 0, 0, 0, 0, 0], 5],
] as const)('%s is an unsupported version, answered in a form that it can read', (_name, body, answerIn) => {
  const frame = { type: 1, flags: 0, body: Uint8Array.from(body) }
  expect(() => decodeClientPacket(frame, 4)).toThrow(UnsupportedVersionError)
  expect(() => decodeClientPacket(frame, 4)).toThrow(expect.objectContaining({ answerIn }))
})

test('random packets are decoded or refused by the one typed error, by both ends', () => {
  fc.assert(
    fc.property(
      fc.record({ type: fc.nat(15), flags: fc.nat(15), body: fc.uint8Array({ maxLength: 200 }) }),
      version,
      (frame, v) => {
        for (const decode of [() => decodeClientPacket(frame, v), () => decodeServerPacket(frame)]) {
          try {
            decode()
          } catch (error) {
            expect(error).toBeInstanceOf(MqttError)
          }
        }
      },
    ),
    { numRuns: 3000 },
  )
})

test('a packet with one byte changed is decoded or refused by the one typed error', () => {
  const good: [Uint8Array, MqttVersion][] = [
    [encodeConnect({ clientId: 'viewer', keepAliveS: 60, username: 'u', password: 'p' }), 4],
    [Uint8Array.from([0x10, 26, ...connect5(33, 0, 9, 38, 0, 1, 97, 0, 1, 98)]), 5],
    [encodeSubscribe(1, ['roar/final/#', 'roar/final/mood']), 4],
  ]
  fc.assert(
    fc.property(fc.constantFrom(...good), fc.nat(), fc.nat(255), ([bytes, v], at, value) => {
      const changed = Uint8Array.from(bytes)
      changed[at % bytes.length] = value
      try {
        for (const frame of new FrameReader({ packetBytesMax: 4096 }).read(changed))
          decodeClientPacket(frame, v)
      } catch (error) {
        expect(error).toBeInstanceOf(MqttError)
      }
    }),
    { numRuns: 2000 },
  )
})

test('a field of more than 65,535 bytes is a mistake of the caller', () => {
  expect(() => encodeSubscribe(1, ['x'.repeat(65_536)])).toThrow(RangeError)
})

test('reasons have names for counters', () => {
  expect(reasonName(REASON.packetTooLarge)).toBe('packet_too_large')
  expect(reasonName(0x42)).toBe('other')
})

test('a field holds 65,535 bytes, and not one more', () => {
  const publish = (length: number) => () =>
    encodePublish(4, { topic: 'x'.repeat(length), payload: new Uint8Array(0), retain: false })
  expect(publish(65_535)().length).toBe(65_535 + 2 + 4)
  expect(publish(65_536)).toThrow(RangeError)
})
