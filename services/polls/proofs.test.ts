import { expect, spyOn, test } from 'bun:test'
import { memoryPollStore } from '../../adapters/memory/polls-memory.ts'
import type { LeafChunk } from '../../adapters/store/polls.ts'
import type { BallotPlace } from '../../protocol/polls.ts'
import { Proofs } from './proofs.ts'

const NOW = 1_795_349_712_000
const idAt = (at: number): string => Bun.randomUUIDv7('hex', at)
const at = (offset: number): BallotPlace => ({ partition: 0, offset })

/** The proofs of a poll with these ballots. */
async function proofsOf(ballots: string[], places: BallotPlace[]) {
  const store = memoryPollStore()
  const hashes = ballots.map(() => new Uint8Array(32))
  const marks = ballots.map(() => ({ quarantined: false, markSalt: '' }))
  const chunk: LeafChunk = {
    ...{ chunk: 0, from: NOW, to: NOW + 9, root: new Uint8Array(32) },
    ...{ ballots, places, hashes, marks },
  }
  await store.saveLeaves('final', 'mvp', [chunk])
  const looked = spyOn(store, 'leaves')
  const proofs = new Proofs(store)
  const placeOf = (ballot: string, place?: BallotPlace) =>
    proofs.placeOf('final', 'mvp', { ballot, ...(place && { place }) })
  return { placeOf, looked }
}

test('a ballot of a sealed poll is at its place in the log, and one that the tree does not have is nowhere', async () => {
  const ballots = [idAt(NOW), idAt(NOW + 9)]
  const { placeOf } = await proofsOf(ballots, [at(4), at(7)])
  expect(await placeOf(ballots[0]!)).toEqual(at(4))
  expect(await placeOf(ballots[1]!, at(7))).toEqual(at(7))
  for (const late of [idAt(NOW + 5), idAt(NOW + 10)]) expect(await placeOf(late, at(8))).toBeUndefined()
  expect(await placeOf('nothing', at(8))).toBeUndefined()
})

test('ballots before one that was found are looked up no more, as all viewers may ask at once', async () => {
  const ballots = [idAt(NOW), idAt(NOW + 1), idAt(NOW + 9)]
  const { placeOf, looked } = await proofsOf(ballots, [at(4), at(5), at(7)])
  await placeOf(ballots[1]!, at(5))
  expect(await placeOf(ballots[0]!, at(4))).toEqual(at(4))
  expect(looked).toHaveBeenCalledTimes(1)
  // Another partition has an end of its own.
  await placeOf(ballots[0]!, { partition: 1, offset: 4 })
  await placeOf(ballots[2]!, at(7))
  expect(looked).toHaveBeenCalledTimes(3)
})

test('a poll that an older program sealed has its ballots where they were read', async () => {
  const ballots = [idAt(NOW)]
  const { placeOf } = await proofsOf(ballots, [])
  expect(await placeOf(ballots[0]!, at(4))).toEqual(at(4))
  expect(await placeOf(ballots[0]!)).toBeUndefined()
})
