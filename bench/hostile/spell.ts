import { Histogram, type HistogramRecord } from '../../load/histogram.ts'

/** What is timed, in milliseconds: packets from the end of their window to each viewer, taps and votes from when they were due. */
export const TIMED = ['packets', 'taps', 'votes'] as const
export type Timed = (typeof TIMED)[number]

/** What the healthy had in some time, and what the server took for all. */
export class Spell implements Record<Timed, Histogram> {
  readonly packets = new Histogram()
  readonly taps = new Histogram()
  readonly votes = new Histogram()
  serverMs = 0
  wallMs = 0
  /** Of the server's event loop. */
  longestTurnMs = 0

  static pooled(spells: Iterable<Spell>): Spell {
    const all = new Spell()
    for (const spell of spells) all.#add(spell)
    return all
  }

  #add(other: Spell): void {
    for (const what of TIMED) this[what].merge(other[what].record())
    this.serverMs += other.serverMs
    this.wallMs += other.wallMs
    this.longestTurnMs = Math.max(this.longestTurnMs, other.longestTurnMs)
  }

  get serverCores(): number {
    return this.serverMs / this.wallMs
  }
}

/**
 * The 99th percentile of each half of some spells, divided by that of the other half: how much it differs between times in which
 * nothing differs. An even number of spells can be halved in many ways.
 */
export function halved(spells: readonly Spell[], what: Timed): number[] {
  const [first, ...others] = spells.map((spell) => spell[what].record())
  if (first === undefined) return []
  return picks(others, spells.length / 2 - 1).map(([picked, left]) => p99Of([first, ...picked]) / p99Of(left))
}

function p99Of(records: readonly HistogramRecord[]): number {
  const all = new Histogram()
  for (const record of records) all.merge(record)
  return all.percentile(0.99)
}

export const p99Ratio = (one: Spell, other: Spell, what: Timed): number =>
  one[what].percentile(0.99) / other[what].percentile(0.99)

/** Each way to pick so many of the items, with those that are left. */
function picks<Item>(items: readonly Item[], count: number): [picked: Item[], left: Item[]][] {
  const [first, ...others] = items
  if (count === 0 || first === undefined) return count === 0 ? [[[], [...items]]] : []
  return [
    ...picks(others, count - 1).map(([picked, left]): [Item[], Item[]] => [[first, ...picked], left]),
    ...picks(others, count).map(([picked, left]): [Item[], Item[]] => [picked, [first, ...left]]),
  ]
}
