import { expect, test } from 'bun:test'
import { seededRandom } from '../../load/random.ts'
import { type Committed, NOWHERE } from './committed.ts'
import { type Commit, Places } from './places.ts'

/** A partition in a broker: each record with its leader epoch and an id that no other has. */
class Partition {
  records: { id: number; epoch: number }[] = []
  /** Offset of the oldest record kept. */
  first = 0
  epoch = 0
  #ids = 0

  get end(): number {
    return this.first + this.records.length
  }

  append(count: number): number[] {
    const ids = Array.from({ length: count }, () => this.#ids++)
    for (const id of ids) this.records.push({ id, epoch: this.epoch })
    return ids
  }

  /** Loses what was written from there on: another broker leads now. */
  truncate(end: number): number[] {
    this.epoch++
    return this.records.splice(Math.max(0, end - this.first)).map(({ id }) => id)
  }

  remove(first: number): number[] {
    const removed = this.records.splice(0, first - this.first)
    this.first = first
    return removed.map(({ id }) => id)
  }

  /** Is deleted and made anew. */
  recreate(): void {
    this.records = []
    this.first = 0
    this.epoch = 0
  }

  idsFrom(offset: number, end: number): number[] {
    return this.records.slice(offset - this.first, end - this.first).map(({ id }) => id)
  }

  /** As Kafka answers a fetch. */
  fetch({ offset, epoch }: { offset: number; epoch: number }): 'out of range' | Committed | number {
    if (offset < this.first || (offset > this.end && epoch < 0)) return 'out of range'
    if (epoch >= 0) {
      const last = this.records.findLastIndex((record) => record.epoch <= epoch)
      const known = this.records[last]?.epoch ?? NOWHERE.epoch
      const end = this.first + last + 1
      if (known < epoch || end < offset) return { offset: BigInt(end), epoch: known }
    }
    return this.end - offset
  }

  epochAt(offset: number): number {
    return this.records[offset - this.first]!.epoch
  }
}

/** A group of two readers of one partition, of which one is assigned it; everything in an order from the seed. */
function run(seed: number): void {
  const random = seededRandom(seed)
  const below = (limit: number) => Math.floor(random() * limit)
  const partition = new Partition()
  /** What is still to be handled, since it was written or since the caller lost it. */
  const owed = new Set<number>()
  let group: Committed = NOWHERE
  const inFlight: Commit[][] = []
  const readers = [new Places(), new Places()]
  let assigned = 0
  const places = () => readers[assigned]!
  const next = () => Number(places().next(0) ?? -1)

  const begin = () => {
    places().keep([0])
    const [first, end] = [BigInt(partition.first), BigInt(partition.end)]
    places().find(0, { group, first, end, begin: first })
  }
  const settle = (isAccepted: boolean) => {
    const commits = inFlight.shift()
    if (commits === undefined) return
    if (isAccepted) for (const commit of commits) group = commit
    if (isAccepted) places().committed(commits)
    else places().refused(commits)
  }
  const read = () => {
    const answer = partition.fetch({ offset: next(), epoch: places().epoch(0) })
    if (answer === 'out of range') {
      places().forgetEpochs()
      begin()
    } else if (typeof answer === 'object') {
      places().lost(0, answer)
    } else if (answer > 0) {
      const end = next() + 1 + below(Math.min(answer, 4))
      for (const id of partition.idsFrom(next(), end)) owed.delete(id)
      places().handled(0, { offset: BigInt(end), epoch: partition.epochAt(end - 1) }, false)
    }
  }
  const actions = {
    append: () => {
      for (const id of partition.append(1 + below(3))) owed.add(id)
    },
    read,
    commit: () => {
      // While the group changes a member may have no partition for a moment.
      expect(places().takeDue([])).toEqual([])
      const due = places().takeDue([0])
      if (due.length > 0) inFlight.push(due)
    },
    settle: () => settle(random() < 0.7),
    begin,
    goBack: () => {
      const to = partition.first + below(Math.max(1, next() - partition.first))
      const was = places().goBack(0, BigInt(to))
      if (was !== undefined) for (const id of partition.idsFrom(to, Number(was))) owed.add(id)
    },
    hand: () => {
      // Where the group does not know the place, the caller does, and goes back.
      const to = BigInt(next())
      while (inFlight.length > 0) settle(false)
      places().keep([])
      assigned = 1 - assigned
      begin()
      if (group.offset !== to) places().goBack(0, to)
    },
    truncate: () => {
      for (const id of partition.truncate(partition.first + below(partition.records.length + 1)))
        owed.delete(id)
    },
    remove: () => {
      const first = partition.first + below(Math.max(1, Math.min(next(), partition.end) - partition.first))
      for (const id of partition.remove(first)) owed.delete(id)
    },
    recreate: () => {
      partition.recreate()
      owed.clear()
      // The group may still have its place in the old one.
      readers[1 - assigned]!.recreate(new Map())
      places().recreate(new Map([[0, 0n]]))
    },
  }
  const often = ['append', 'append', 'read', 'read', 'read', 'commit', 'commit', 'settle', 'settle'] as const
  const seldom = ['begin', 'begin', 'goBack', 'hand', 'truncate', 'remove', 'recreate'] as const
  begin()
  for (let step = 0; step < 150; step++) {
    const names = random() < 0.8 ? often : seldom
    actions[names[below(names.length)]!]()
  }
  // The faults are over.
  for (let step = 0; step < 1000 && (next() < partition.end || step < 3); step++) {
    begin()
    read()
  }
  expect({ seed, owed: [...owed] }).toEqual({ seed, owed: [] })
  actions.commit()
  while (inFlight.length > 0) settle(true)
  expect({ seed, group: group.offset }).toEqual({ seed, group: BigInt(partition.end) })
}

test('whatever becomes of commits, assignments and records, what is to be handled is handled, and then the group says so', () => {
  for (let seed = 1; seed <= 300; seed++) run(seed)
})
