import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { PROBE_SLOTS, Probes, probeTaps } from './probes.ts'

test('whatever the windows, each probe is found in the packet that counts it and in no other', () => {
  // Each slot has one probe; each is counted in one of the packets, in any order.
  const packetOfSlot = fc.array(fc.nat({ max: 5 }), { minLength: PROBE_SLOTS, maxLength: PROBE_SLOTS })
  fc.assert(
    fc.property(packetOfSlot, (packets) => {
      const probes = new Probes()
      for (let slot = 0; slot < PROBE_SLOTS; slot++) expect(probes.take(slot, 100 + slot)).toBe(true)
      for (let packet = 0; packet <= 5; packet++) {
        const slots = packets.flatMap((of, slot) => (of === packet ? [slot] : []))
        const count = slots.reduce((sum, slot) => sum + probeTaps(slot), 0)
        expect(probes.packet(count, 1000 + packet)).toEqual(slots.map((slot) => 100 + slot))
      }
      expect(probes.open).toBe(0)
      expect(probes.seen).toBe(PROBE_SLOTS)
      expect(probes.strangers).toBe(0)
    }),
  )
})

describe('a slot that is taken', () => {
  test('sends no second probe; the one behind is timed with the one ahead', () => {
    const probes = new Probes()
    expect(probes.take(3, 100)).toBe(true)
    expect(probes.take(3, 200)).toBe(false)
    expect(probes.packet(8, 500)).toEqual([100, 200])
    expect(probes.take(3, 600)).toBe(true)
  })

  test('does not time a probe that came due after the packet', () => {
    const probes = new Probes()
    probes.take(0, 100)
    probes.take(0, 600)
    expect(probes.packet(1, 500)).toEqual([100])
  })

  test('is free again when its probe was refused', () => {
    const probes = new Probes()
    probes.take(0, 100)
    probes.withdraw(0)
    expect(probes.take(0, 200)).toBe(true)
    expect(probes.packet(1, 300)).toEqual([200])
  })

  test('is free again when its probe is lost: after 30 s and 20 packets, not before', () => {
    const probes = new Probes()
    probes.take(0, 0)
    for (let packet = 0; packet < 40; packet++) probes.packet(0, 1000 + packet)
    expect(probes.open).toBe(1)
    probes.packet(0, 31_000)
    expect(probes.open).toBe(0)
    expect(probes.lost).toBe(1)
  })

  test('waits through an outage in which no packets come', () => {
    const probes = new Probes()
    probes.take(0, 0)
    expect(probes.packet(0, 90_000)).toEqual([])
    expect(probes.packet(1, 90_250)).toEqual([0])
    expect(probes.lost).toBe(0)
  })
})

test('taps of others on the probes’ sticker are noticed', () => {
  const probes = new Probes()
  probes.take(0, 0)
  expect(probes.packet(1 + 4 + 128, 10)).toEqual([0])
  expect(probes.strangers).toBe(2)
})

test('what was counted before the first probe is no stranger: the retained packet is of another run', () => {
  const probes = new Probes()
  expect(probes.packet(64, 0)).toEqual([])
  probes.take(0, 1)
  expect(probes.packet(1, 2)).toEqual([1])
  expect(probes.strangers).toBe(0)
  probes.packet(64, 3)
  expect(probes.strangers).toBe(1)
})
