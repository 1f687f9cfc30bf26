import { describe, expect, test } from 'bun:test'
import { decodeClientPacket } from './decode-client.ts'
import { decodeServerPacket } from './decode-server.ts'
import { encodeConnect } from './encode-client.ts'
import {
  encodeConnack,
  encodePuback,
  encodePublish,
  encodeServerDisconnect,
  encodeSuback,
  encodeUnsuback,
} from './encode-server.ts'
import { FieldReader } from './field-reader.ts'
import { varint } from './field-writer.ts'
import { type PropertyOwner, properties, readProperties, uint32Property } from './properties.ts'
import { MqttError, type MqttVersion, PACKET, REASON, RETURN_CODE, SUBACK_FAILURE } from './wire.ts'

/*
 * What stands in the two specifications as numbers, written down once more from them: a table that is wrong in the code
 * cannot be right by being compared with itself.
 */

const text = (value: string): number[] => [0, value.length, ...Buffer.from(value)]

/** What a call gives; where it throws, the reason of the one typed error. */
function outcome<T>(call: () => T): T | number {
  try {
    return call()
  } catch (cause) {
    if (!(cause instanceof MqttError)) throw cause
    expect(cause.message).not.toBe('')
    return cause.reason
  }
}

describe('properties of version 5, section 2.2.2.2', () => {
  /** Identifier, a good value, its name where it is kept, and the packets of a client that may have it. */
  const TABLE: [id: number, value: number[], kept: object, owners: PropertyOwner[]][] = [
    [1, [1], {}, ['publish', 'will']],
    [2, [0, 1, 0, 0], {}, ['publish', 'will']],
    [3, text('a/b'), {}, ['publish', 'will']],
    [8, text('a/b'), {}, ['publish', 'will']],
    [9, text('xx'), {}, ['publish', 'will']],
    [11, [0x80, 0x01], { subscriptionIdentifier: 128 }, ['subscribe']],
    [17, [0, 1, 0, 2], { sessionExpiryS: 65_538 }, ['connect', 'disconnect']],
    [21, text('SCRAM'), { authenticationMethod: 'SCRAM' }, ['connect', 'auth']],
    [23, [1], { requestProblemInformation: 1 }, ['connect']],
    [24, [0, 0, 0, 9], {}, ['will']],
    [25, [1], {}, ['connect']],
    [31, text('why'), {}, ['puback', 'disconnect', 'auth']],
    [33, [0, 1], {}, ['connect']],
    [34, [0, 0], {}, ['connect']],
    [35, [0, 7], { topicAlias: 7 }, ['publish']],
    [
      38,
      [...text('name'), ...text('value')],
      {},
      ['connect', 'will', 'publish', 'puback', 'subscribe', 'unsubscribe', 'disconnect', 'auth'],
    ],
    [39, [0, 0, 1, 0], { packetBytesMax: 256 }, ['connect']],
  ]
  const OWNERS = TABLE.find(([id]) => id === 38)![3]
  const readOf = (owner: PropertyOwner, ...each: number[][]) => {
    const bytes = each.flat()
    return outcome(() => readProperties(new FieldReader(Uint8Array.from([bytes.length, ...bytes])), owner))
  }

  test.each(TABLE)(
    '%i is read where it belongs, with its value, and refused elsewhere',
    (id, value, kept, owners) => {
      for (const owner of OWNERS) {
        const read = readOf(owner, [id, ...value])
        if (owners.includes(owner)) expect(read).toMatchObject(kept)
        else expect([owner, read]).toEqual([owner, REASON.malformedPacket])
      }
    },
  )

  test.each(TABLE)('%i twice is a protocol error, but for user properties', (id, value, _, owners) => {
    const read = readOf(owners[0]!, [id, ...value], [id, ...value])
    expect(read).toEqual(id === 38 ? {} : (REASON.protocolError as never))
  })

  test('identifiers that are not in the table belong nowhere', () => {
    const known = new Set([...TABLE.map(([id]) => id), 22])
    for (let id = 0; id < 128; id++)
      if (!known.has(id)) for (const owner of OWNERS) expect(readOf(owner, [id])).toBe(REASON.malformedPacket)
  })

  test('authentication data needs a method, and belongs to CONNECT and AUTH', () => {
    const [method, data] = [
      [21, ...text('SCRAM')],
      [22, ...text('data')],
    ]
    expect(readOf('connect', method!, data!)).toEqual({ authenticationMethod: 'SCRAM' })
    expect(readOf('auth', data!, method!)).toEqual({ authenticationMethod: 'SCRAM' })
    expect(readOf('connect', data!)).toBe(REASON.protocolError)
    expect(readOf('publish', data!)).toBe(REASON.malformedPacket)
  })

  test('values that a property may not have', () => {
    for (const id of [1]) expect(readOf('publish', [id, 2])).toBe(REASON.protocolError)
    for (const id of [23, 25]) {
      expect(readOf('connect', [id, 2])).toBe(REASON.protocolError)
      expect(typeof readOf('connect', [id, 0])).toBe('object')
    }
    expect(readOf('connect', [33, 0, 0])).toBe(REASON.protocolError)
    expect(readOf('connect', [39, 0, 0, 0, 0])).toBe(REASON.protocolError)
    expect(readOf('publish', [35, 0, 0])).toBe(REASON.topicAliasInvalid)
    expect(readOf('subscribe', [11, 0])).toBe(REASON.protocolError)
  })

  test('a varint has at most four bytes, and no more than it needs', () => {
    const read = (...bytes: number[]) => readOf('subscribe', [11, ...bytes])
    expect(read(0x7f)).toEqual({ subscriptionIdentifier: 127 })
    expect(read(0xff, 0x7f)).toEqual({ subscriptionIdentifier: 16_383 })
    expect(read(0xff, 0xff, 0xff, 0x7f)).toEqual({ subscriptionIdentifier: 268_435_455 })
    expect(read(0x80, 0x80, 0x80, 0x01)).toEqual({ subscriptionIdentifier: 2_097_152 })
    expect(read(0x80, 0x80, 0x80, 0x80, 0x01)).toBe(REASON.malformedPacket)
    expect(read(0x81, 0x00)).toBe(REASON.malformedPacket)
  })

  test('a length that is more or less than the properties have', () => {
    const read = (...bytes: number[]) =>
      outcome(() => readProperties(new FieldReader(Uint8Array.from(bytes)), 'connect'))
    expect(read(0)).toEqual({})
    expect(read(2, 23, 1)).toEqual({ requestProblemInformation: 1 })
    expect(read(3, 23, 1)).toBe(REASON.malformedPacket)
    expect(read(1, 23, 1)).toBe(REASON.malformedPacket)
    expect(read(2, 33, 0, 1)).toBe(REASON.malformedPacket)
  })

  test('properties that reach past the packet are refused before one of them is read', () => {
    expect(outcome(() => readProperties(new FieldReader(Uint8Array.of(9)), 'connect'))).toBe(
      REASON.malformedPacket,
    )
    expect(outcome(() => readProperties(new FieldReader(Uint8Array.of(200, 1, 23, 1)), 'connect'))).toBe(
      REASON.malformedPacket,
    )
  })

  test('written: the length, then each', () => {
    expect(properties()).toEqual([0])
    expect(properties([23, 1], uint32Property(39, 65_536 * 2 + 3))).toEqual([7, 23, 1, 39, 0, 2, 0, 3])
  })
})

describe('numbers of the specifications', () => {
  test('packet types, section 2.1.2', () => {
    const names = [
      'connect',
      'connack',
      'publish',
      'puback',
      'pubrec',
      'pubrel',
      'pubcomp',
      'subscribe',
      'suback',
    ]
    names.push('unsubscribe', 'unsuback', 'pingreq', 'pingresp', 'disconnect', 'auth')
    expect(PACKET).toEqual(Object.fromEntries(names.map((name, i) => [name, i + 1])) as never)
  })

  test('reason codes of version 5, section 2.4', () => {
    expect(REASON).toEqual({
      ...{ success: 0x00, noSubscriptionExisted: 0x11, malformedPacket: 0x81, protocolError: 0x82 },
      ...{ unsupportedProtocolVersion: 0x84, clientIdentifierNotValid: 0x85, badUserNameOrPassword: 0x86 },
      ...{ notAuthorized: 0x87, serverUnavailable: 0x88, serverBusy: 0x89, serverShuttingDown: 0x8b },
      ...{ badAuthenticationMethod: 0x8c, keepAliveTimeout: 0x8d, topicFilterInvalid: 0x8f },
      ...{ topicAliasInvalid: 0x94, packetTooLarge: 0x95, messageRateTooHigh: 0x96, quotaExceeded: 0x97 },
      ...{ qosNotSupported: 0x9b, useAnotherServer: 0x9c, sharedSubscriptionsNotSupported: 0x9e },
      ...{
        connectionRateExceeded: 0x9f,
        administrativeAction: 0x98,
        maximumConnectTime: 0xa0,
        subscriptionIdentifiersNotSupported: 0xa1,
      },
    })
  })

  test('return codes of 3.1.1, sections 3.2.2.3 and 3.9.3', () => {
    expect(Object.values(RETURN_CODE)).toEqual([0, 1, 2, 3, 4, 5])
    expect(SUBACK_FAILURE).toBe(0x80)
  })
})

describe('bytes that a server sends', () => {
  test('CONNACK of 3.1.1 says the reason in its six codes', () => {
    const code = (reason: number) => [...encodeConnack({ version: 4, reason, reasonString: 'why' })]
    const codes: [number, number[]][] = [
      [0, [REASON.success]],
      [1, [REASON.unsupportedProtocolVersion]],
      [2, [REASON.clientIdentifierNotValid]],
      [3, [REASON.serverUnavailable, REASON.serverBusy, REASON.serverShuttingDown, REASON.useAnotherServer]],
      [3, [REASON.quotaExceeded, REASON.connectionRateExceeded]],
      [4, [REASON.badUserNameOrPassword]],
      [5, [REASON.notAuthorized, REASON.malformedPacket, REASON.badAuthenticationMethod]],
    ]
    for (const [returned, reasons] of codes)
      for (const reason of reasons) expect([reason, code(reason)]).toEqual([reason, [0x20, 2, 0, returned]])
    expect([...encodeConnack({ version: 4 })]).toEqual([0x20, 2, 0, 0])
  })

  test('CONNACK of version 5 has the reason and why, or what is not offered', () => {
    expect([...encodeConnack({ version: 5, reason: 0x87 })]).toEqual([0x20, 3, 0, 0x87, 0])
    expect([...encodeConnack({ version: 5, reason: 0x87, reasonString: 'no' })]).toEqual([
      ...[0x20, 8, 0, 0x87, 5, 31],
      ...text('no'),
    ])
    const announced = [17, 0, 0, 0, 0, 36, 0, 37, 1, 39, 0, 1, 0, 0]
    const unavailable = [40, 1, 41, 0, 42, 0]
    expect([...encodeConnack({ version: 5, announce: { packetBytesMax: 65_536 } })]).toEqual([
      ...[0x20, 23, 0, 0, 20],
      ...announced,
      ...unavailable,
    ])
    const more = { packetBytesMax: 65_536, assignedClientId: 'x', serverKeepAliveS: 300 }
    expect([...encodeConnack({ version: 5, announce: more })]).toEqual([
      ...[0x20, 30, 0, 0, 27],
      ...announced,
      ...[18, 0, 1, 120],
      ...unavailable,
      ...[19, 1, 44],
    ])
  })

  test('SUBACK, UNSUBACK, PUBACK, PUBLISH and DISCONNECT in each version', () => {
    expect([...encodeSuback(4, 258, [0, 128])]).toEqual([0x90, 4, 1, 2, 0, 128])
    expect([...encodeSuback(5, 258, [0, 128])]).toEqual([0x90, 5, 1, 2, 0, 0, 128])
    expect([...encodeUnsuback(4, 258, [0])]).toEqual([0xb0, 2, 1, 2])
    expect([...encodeUnsuback(5, 258, [0])]).toEqual([0xb0, 4, 1, 2, 0, 0])
    expect([...encodePuback(258)]).toEqual([0x40, 2, 1, 2])
    const publish = { topic: 'a', payload: Uint8Array.of(9), retain: true }
    expect([...encodePublish(4, publish)]).toEqual([0x31, 4, 0, 1, 97, 9])
    expect([...encodePublish(5, { ...publish, retain: false })]).toEqual([0x30, 5, 0, 1, 97, 0, 9])
    expect([...encodeServerDisconnect(0x8b)]).toEqual([0xe0, 1, 0x8b])
    expect([...encodeServerDisconnect(0x8b, { reasonString: 'x' })]).toEqual([
      0xe0, 6, 0x8b, 4, 31, 0, 1, 120,
    ])
    // Server Reference, 28 of section 2.2.2.2.
    const reference = [...encodeServerDisconnect(0x9c, { reference: 'a:1' })]
    expect(reference).toEqual([0xe0, 8, 0x9c, 6, 28, 0, 3, 97, 58, 49])
  })
})

describe('bytes that a client sends', () => {
  const decode = (type: number, flags: number, body: number[], version: MqttVersion = 4) =>
    outcome(() => decodeClientPacket({ type, flags, body: Uint8Array.from(body) }, version))
  const MQTT = text('MQTT')

  test('a version that is not spoken is refused in the version that comes nearest', () => {
    const refused = (body: number[]) => {
      try {
        return decodeClientPacket({ type: 1, flags: 0, body: Uint8Array.from(body) }, 4)
      } catch (cause) {
        const { reason, answerIn } = cause as MqttError & { answerIn?: MqttVersion }
        return [reason, answerIn]
      }
    }
    const bad = REASON.unsupportedProtocolVersion
    expect(refused([...text('MQIsdp'), 3, 2, 0, 9, ...text('a')])).toEqual([bad, 4])
    expect(refused([...text('MQIsdp'), 5, 2, 0, 9, ...text('a')])).toEqual([bad, 4])
    for (const [level, answerIn] of [
      [3, 4],
      [6, 5],
      [0x83, 4],
      [0x84, 4],
      [0x85, 5],
    ] as const)
      expect(refused([...MQTT, level, 2, 0, 9, ...text('a')])).toEqual([bad, answerIn])
    expect(refused([...text('HTTP'), 4, 2, 0, 9, ...text('a')])).toEqual([REASON.malformedPacket, undefined])
  })

  test('CONNECT: each flag is what the specification says', () => {
    const connect = (flags: number, ...rest: number[]) =>
      decode(1, 0, [...MQTT, 4, flags, 1, 2, ...text('id'), ...rest])
    expect(connect(0b0000_0010)).toMatchObject({
      clean: true,
      keepAliveS: 258,
      clientId: 'id',
      will: undefined,
    })
    expect(connect(0)).toMatchObject({ clean: false })
    expect(connect(0b1000_0000, ...text('ann'))).toMatchObject({ username: 'ann', password: undefined })
    expect(connect(0b1100_0000, ...text('ann'), ...text('pw'))).toMatchObject({
      ...{ username: 'ann', password: Uint8Array.from(Buffer.from('pw')) },
    })
    const will = [...text('t'), ...text('gone')]
    expect(connect(0b0000_0100, ...will)).toMatchObject({ will: { topic: 't', qos: 0, retain: false } })
    expect(connect(0b0010_1100, ...will)).toMatchObject({ will: { topic: 't', qos: 1, retain: true } })
    expect(connect(0b0001_0100, ...will)).toMatchObject({ will: { topic: 't', qos: 2, retain: false } })
    for (const flags of [0b0000_0001, 0b0001_1100, 0b0010_0000, 0b0000_1000, 0b0100_0000])
      expect(connect(flags, ...will)).toBe(REASON.malformedPacket)
    expect(connect(0b0000_0010, 7)).toBe(REASON.malformedPacket)
    for (const flags of [0b0000_1000, 0b0001_0000, 0b0010_0000])
      expect(connect(flags)).toBe(REASON.malformedPacket)
  })

  test('CONNECT of version 5: a password alone, properties, and those of the will', () => {
    const body = [...MQTT, 5, 0b0100_0110, 0, 9, 5, 17, 0, 0, 0, 7, ...text('id'), 5, 24, 0, 0, 0, 1]
    expect(decode(1, 0, [...body, ...text('t'), ...text('gone'), ...text('pw')], 5)).toEqual({
      ...{ type: 'connect', version: 5, clientId: 'id', clean: true, keepAliveS: 9 },
      ...{ will: { topic: 't', qos: 0, retain: false }, username: undefined },
      ...{ password: Uint8Array.from(Buffer.from('pw')), packetBytesMax: undefined },
      ...{ sessionExpiryS: 7, authenticationMethod: undefined },
    } as never)
  })

  test('SUBSCRIBE: options of each version, and no bit that is reserved', () => {
    const subscribe = (options: number, version: MqttVersion) =>
      decode(8, 2, [0, 7, ...(version === 5 ? [0] : []), ...text('a'), options], version)
    const of = (option: object) => ({
      subscriptions: [
        { filter: 'a', qos: 0, noLocal: false, retainAsPublished: false, retainHandling: 0, ...option },
      ],
    })
    for (const version of [4, 5] as const)
      for (const qos of [0, 1, 2]) expect(subscribe(qos, version)).toMatchObject(of({ qos }))
    expect(subscribe(0b0000_0100, 5)).toMatchObject(of({ noLocal: true }))
    expect(subscribe(0b0000_1000, 5)).toMatchObject(of({ retainAsPublished: true }))
    expect(subscribe(0b0001_0000, 5)).toMatchObject(of({ retainHandling: 1 }))
    expect(subscribe(0b0010_0000, 5)).toMatchObject(of({ retainHandling: 2 }))
    for (const bits of [0b0011_0000, 0b0100_0000, 0b1000_0000, 3])
      expect(subscribe(bits, 5)).toBe(REASON.malformedPacket)
    for (let bit = 2; bit < 8; bit++) expect(subscribe(1 << bit, 4)).toBe(REASON.malformedPacket)
    expect(subscribe(3, 4)).toBe(REASON.malformedPacket)
    expect(decode(8, 2, [0, 7])).toBe(REASON.protocolError)
    expect(decode(8, 2, [0, 0, ...text('a'), 0])).not.toBeInstanceOf(Object)
    expect(decode(8, 2, [0, 7, 2, 11, 9, ...text('a'), 0], 5)).toMatchObject({ subscriptionIdentifier: 9 })
  })

  test('UNSUBSCRIBE in each version', () => {
    expect(decode(10, 2, [0, 7, ...text('a'), ...text('b')])).toEqual({
      ...{ type: 'unsubscribe', packetId: 7, filters: ['a', 'b'] },
    } as never)
    expect(decode(10, 2, [0, 7, 0, ...text('a')], 5)).toMatchObject({ filters: ['a'] })
    expect(decode(10, 2, [0, 7])).toBe(REASON.protocolError)
    const user = [7, 38, ...text('a'), ...text('b')]
    expect(decode(10, 2, [0, 7, ...user, ...text('c')], 5)).toMatchObject({ filters: ['c'] })
  })

  test('PUBLISH: the flags, the packet identifier, no alias', () => {
    const publish = (flags: number, body: number[], version: MqttVersion = 4) =>
      decode(3, flags, body, version)
    expect(publish(0, [...text('a'), 9])).toMatchObject({ qos: 0, retain: false, packetId: undefined })
    expect(publish(1, text('a'))).toMatchObject({ qos: 0, retain: true })
    expect(publish(0b1011, [...text('a'), 0, 7])).toMatchObject({ qos: 1, retain: true, packetId: 7 })
    expect(publish(0b0100, [...text('a'), 0, 7])).toMatchObject({ qos: 2, retain: false, packetId: 7 })
    for (const flags of [0b0110, 0b1000, 0b1001])
      expect(publish(flags, text('a'))).toBe(REASON.malformedPacket)
    expect(publish(0, [...text('a'), 3, 35, 0, 1], 5)).toBe(REASON.topicAliasInvalid)
    expect(publish(0, [...text('a'), 2, 1, 1, 9], 5)).toMatchObject({ payload: Uint8Array.of(9) })
  })

  test('DISCONNECT: nothing is success; version 5 may say more', () => {
    const nothing = { type: 'disconnect', reason: 0, sessionExpiryS: undefined }
    expect(decode(14, 0, [])).toEqual(nothing as never)
    expect(decode(14, 0, [], 5)).toEqual(nothing as never)
    expect(decode(14, 0, [4])).toBe(REASON.malformedPacket)
    expect(decode(14, 0, [4], 5)).toEqual({ ...nothing, reason: 4 } as never)
    expect(decode(14, 0, [4, 0], 5)).toEqual({ ...nothing, reason: 4 } as never)
    expect(decode(14, 0, [4, 5, 17, 0, 0, 0, 9], 5)).toEqual({
      ...nothing,
      reason: 4,
      sessionExpiryS: 9,
    } as never)
  })

  test('the flags of each packet', () => {
    const body = (type: number) => (type === 12 || type === 14 ? [] : [0, 7])
    for (const type of [4, 5, 6, 7, 12, 14]) {
      const good = type === 6 ? 2 : 0
      for (let flags = 0; flags < 16; flags++) {
        const read = decode(type, flags, body(type))
        if (flags === good) expect(read).toBeInstanceOf(Object)
        else expect([type, flags, read]).toEqual([type, flags, REASON.malformedPacket])
      }
    }
  })

  test('what only servers send, and AUTH in 3.1.1', () => {
    for (const type of [0, 2, 9, 11, 13]) expect(decode(type, 0, [])).toBe(REASON.protocolError)
    expect(decode(15, 0, [])).toBe(REASON.malformedPacket)
    expect(decode(15, 0, [], 5)).toEqual({ type: 'auth' })
  })
})

test('CONNECT of a viewer, byte by byte', () => {
  const connect = (more: object) => [...encodeConnect({ clientId: 'id', keepAliveS: 258, ...more })]
  const head = (length: number, flags: number) => [
    0x10,
    length,
    ...text('MQTT'),
    4,
    flags,
    1,
    2,
    ...text('id'),
  ]
  expect(connect({})).toEqual(head(14, 0x02))
  expect(connect({ username: 'a' })).toEqual([...head(17, 0x82), ...text('a')])
  expect(connect({ password: 'p' })).toEqual([...head(19, 0xc2), ...text(''), ...text('p')])
  expect(connect({ username: 'a', password: 'p' })).toEqual([...head(20, 0xc2), ...text('a'), ...text('p')])
})

describe('bytes that a viewer reads', () => {
  const decode = (type: number, flags: number, body: number[]) =>
    outcome(() => decodeServerPacket({ type, flags, body: Uint8Array.from(body) }))
  const bad = REASON.malformedPacket

  test('CONNACK has one flag', () => {
    expect(decode(2, 0, [0, 0])).toEqual({ type: 'connack', sessionPresent: false, returnCode: 0 })
    expect(decode(2, 0, [1, 5])).toEqual({ type: 'connack', sessionPresent: true, returnCode: 5 })
    for (const body of [[2, 0], [0], [0, 0, 0]]) expect(decode(2, 0, body)).toBe(bad)
    expect(decode(2, 1, [0, 0])).toBe(bad)
  })

  test('PUBLISH comes with QoS 0', () => {
    const body = [...text('a'), 9]
    const read = { type: 'publish', topic: 'a', payload: Uint8Array.of(9) }
    expect(decode(3, 0, body)).toEqual({ ...read, retain: false } as never)
    expect(decode(3, 1, body)).toEqual({ ...read, retain: true } as never)
    for (const flags of [2, 4, 6, 8, 9]) expect(decode(3, flags, body)).toBe(bad)
  })

  test('SUBACK, UNSUBACK, PINGRESP, and nothing else', () => {
    expect(decode(9, 0, [0, 7, 0, 128])).toEqual({ type: 'suback', packetId: 7, codes: [0, 128] })
    expect(decode(11, 0, [0, 7])).toEqual({ type: 'unsuback', packetId: 7 })
    expect(decode(11, 0, [0, 7, 0])).toBe(bad)
    expect(decode(13, 0, [])).toEqual({ type: 'pingresp' })
    expect(decode(13, 0, [1])).toBe(bad)
    for (const type of [0, 1, 4, 8, 10, 12, 14, 15]) expect(decode(type, 0, [])).toBe(bad)
  })
})

test('a byte order mark at the beginning of a string is a character of it [MQTT-1.5.3-3]', () => {
  const bytes = Uint8Array.of(0, 4, 0xef, 0xbb, 0xbf, 0x61)
  expect(new FieldReader(bytes).string()).toBe('\uFEFFa')
})

test('a length is written as in the table of section 2.2.3 of 3.1.1, at the bounds of each number of bytes', () => {
  expect([0, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152, 268_435_455].map(varint)).toEqual([
    [0x00],
    [0x7f],
    [0x80, 0x01],
    [0xff, 0x7f],
    [0x80, 0x80, 0x01],
    [0xff, 0xff, 0x7f],
    [0x80, 0x80, 0x80, 0x01],
    [0xff, 0xff, 0xff, 0x7f],
  ])
})
