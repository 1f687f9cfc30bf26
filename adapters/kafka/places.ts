import { type Committed, NOWHERE } from './committed.ts'

/** The place to continue from in one partition. */
interface Place extends Committed {
  /** Whether the group is still to commit it. */
  isDue: boolean
  /**
   * Which place counts when an assignment begins: the further one of this reader's and the group's; this reader's own, after it went
   * back and until the group has committed that; or the group's, once the partition was another reader's.
   */
  counts: 'further' | 'own' | "group's"
  /** The number of its last jump: a commit from before says nothing about the place since. */
  jump: number
}

/** A place on its way to the group. */
export interface Commit extends Committed {
  partition: number
  jump: number
}

/** What is known of a partition when an assignment begins. */
interface Found {
  group: Committed
  /** The oldest offset that is kept, and the next one to be written. */
  first: bigint
  end: bigint
  /** Where to begin without any place. */
  begin: bigint
}

/**
 * The places of one reader in the partitions of its topic. Pure: what Kafka and the caller report comes as calls.
 *
 * A place goes back if the caller lost results, if Kafka lost records, or if the topic was recreated. It then holds against the
 * group's further one, whatever assignments end meanwhile, until the group has committed a place from after that.
 */
export class Places {
  readonly #places = new Map<number, Place>()
  #returns = 0
  #jumps = 0

  /** How often the caller went back: a batch from before counts as not handled. */
  get returns(): number {
    return this.#returns
  }

  /** The next offset of a partition; undefined: it was never assigned. */
  next(partition: number): bigint | undefined {
    return this.#places.get(partition)?.offset
  }

  /** The leader epoch of the batch before: it lets a broker detect that the log lost records that were read. Negative: unknown. */
  epoch(partition: number): number {
    return this.#places.get(partition)?.epoch ?? NOWHERE.epoch
  }

  /** Kafka may no longer know the epochs. */
  forgetEpochs(): void {
    for (const place of this.#places.values()) place.epoch = NOWHERE.epoch
  }

  /** An assignment begins: the other partitions are other readers' from now on. */
  keep(ours: readonly number[]): void {
    for (const [partition, place] of this.#places)
      if (!ours.includes(partition)) Object.assign(place, { isDue: false, counts: "group's" })
  }

  /** Decides where to continue. @returns what is skipped, or read again without need, in a sentence */
  find(partition: number, { group, first, end, begin }: Found): string | undefined {
    const own = this.#places.get(partition)
    const known = own === undefined ? group : countingOf(own, group)
    const place: Place = {
      ...{ offset: known.offset, epoch: known.epoch },
      isDue: own?.isDue ?? false,
      counts: own?.counts === 'own' ? 'own' : 'further',
      jump: own?.jump ?? 0,
    }
    this.#places.set(partition, place)
    if (known.offset < 0n) place.offset = within(begin, first, end)
    else if (known.offset < first) {
      this.#jump(place, first)
      return `records ${known.offset} to ${first - 1n} of partition ${partition} were removed before they were read`
    } else if (known.offset > end && known.epoch < 0) {
      // Records written since may have any of the offsets that were read. If the epoch is known, the fetch detects that.
      this.#jump(place, first)
      return `partition ${partition} ends at ${end}, and was read to ${known.offset}: it is read again from its beginning`
    }
    return undefined
  }

  /** The topic was recreated: everything in it was written after what was read, and the group's places may belong to the old one. */
  recreate(firsts: ReadonlyMap<number, bigint>): void {
    this.#places.clear()
    for (const [partition, offset] of firsts) {
      const place: Place = { ...NOWHERE, isDue: false, counts: 'own', jump: 0 }
      this.#places.set(partition, place)
      this.#jump(place, offset)
    }
  }

  /** @param isCommitted Whether the group has committed it already. */
  handled(partition: number, { offset, epoch }: Committed, isCommitted: boolean): void {
    const place = this.#places.get(partition)!
    Object.assign(place, { offset, epoch, isDue: !isCommitted })
    if (isCommitted) place.counts = 'further'
  }

  /** @returns where the reader was; undefined: no further than that, and nothing happens */
  goBack(partition: number, offset: bigint): bigint | undefined {
    const place = this.#places.get(partition)
    if (place === undefined || offset >= place.offset) return undefined
    const was = place.offset
    this.#returns++
    this.#jump(place, offset, place.epoch)
    return was
  }

  /** The log lost what was read from `end` on; newer records have those offsets. @returns where it is read again from */
  lost(partition: number, { offset: end, epoch }: Committed): bigint {
    const place = this.#places.get(partition)!
    this.#jump(place, place.offset < end ? place.offset : end, epoch)
    return place.offset
  }

  #jump(place: Place, offset: bigint, epoch = NOWHERE.epoch): void {
    Object.assign(place, { offset, epoch, isDue: true, counts: 'own', jump: ++this.#jumps })
  }

  /** What the group is to commit now. @param ours Those of other readers are theirs to commit: they stay due until `keep`. */
  takeDue(ours: readonly number[]): Commit[] {
    const due: Commit[] = []
    for (const [partition, place] of this.#places) {
      if (!place.isDue || !ours.includes(partition)) continue
      place.isDue = false
      const { offset, epoch, jump } = place
      due.push({ partition, offset, epoch, jump })
    }
    return due
  }

  committed(commits: readonly Commit[]): void {
    for (const { partition, jump } of commits) {
      const place = this.#places.get(partition)
      if (place?.jump === jump && place.counts === 'own') place.counts = 'further'
    }
  }

  /** The next commit repeats it, with the place of then. */
  refused(commits: readonly Commit[]): void {
    for (const { partition } of commits) {
      const place = this.#places.get(partition)
      if (place !== undefined) place.isDue = true
    }
  }
}

function countingOf(own: Place, group: Committed): Committed {
  if (own.counts === 'own') return own
  if (own.counts === "group's") return group.offset < 0n ? own : group
  // What was handled and could not be committed during a rebalance still counts as handled.
  return own.offset >= group.offset ? own : group
}

const within = (place: bigint, first: bigint, end: bigint): bigint =>
  place < first ? first : place > end ? end : place
