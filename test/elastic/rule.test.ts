import { expect, test } from 'bun:test'
import { type EdgeNumbers, edgesWanted, emptiest } from './rule.ts'

const settings = { target: 0.6, lagMaxS: 0.2, edgesMin: 1, edgesMax: 10 }
const edges = (...connections: number[]): EdgeNumbers[] =>
  connections.map((connections) => ({ connections, limit: 100, lagS: 0, newestAgeS: 0.2 }))

test('as many edges as hold the connections at the target', () => {
  expect(edgesWanted(edges(50), settings)).toBe(1)
  expect(edgesWanted(edges(61), settings)).toBe(2)
  expect(edgesWanted(edges(100, 100), settings)).toBe(4)
  expect(edgesWanted(edges(100, 100, 100, 100, 100, 100, 100), settings)).toBe(10)
})

test('one is taken away only where the others stay well below the target', () => {
  expect(edgesWanted(edges(30, 28), settings)).toBe(2)
  expect(edgesWanted(edges(20, 20), settings)).toBe(1)
  expect(edgesWanted(edges(0, 0, 0), settings)).toBe(1)
})

test('an edge whose loop is late asks for one more, whatever its connections', () => {
  expect(edgesWanted([...edges(10), { ...edges(10)[0]!, lagS: 0.3 }], settings)).toBe(3)
})

test('where packets are stale the number of edges stays: that is no matter of load', () => {
  expect(edgesWanted([{ ...edges(90)[0]!, newestAgeS: 9 }, ...edges(90)], settings)).toBe(2)
})

test('the emptiest goes', () => {
  expect(emptiest(edges(30, 10, 20))).toBe(1)
})
