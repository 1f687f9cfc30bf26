import { type Cell, cellKey } from '../../protocol/cell.ts'
import type { Count, CountsState, HistoryCount, SegmentMood } from '../../protocol/counts.ts'
import { HISTORY_STEP_MS } from '../../protocol/counts.ts'
import { DELAY_MS_MAX } from '../../protocol/limits.ts'
import { filedAs, filedBefore } from '../../protocol/runs.ts'
import type { Show, StickerPack } from '../../protocol/show.ts'
import { begunMoods } from '../store/begun-moods.ts'
import type { Replacing } from '../store/polls.ts'
import type { CountsPlace, CountsReached, HistoryRange, Store } from '../store/store.ts'
import { memoryPeopleStore } from './people-memory.ts'
import { memoryPollStore } from './polls-memory.ts'
import { memoryWebhookStore } from './webhooks-memory.ts'

interface ShowCounts {
  totals: Map<string, Count>
  history: Map<string, HistoryCount>
  shifts: Map<string, HistoryCount>
  cells: Map<string, Cell>
  moods: Map<string, SegmentMood>
  cellsFrom: number
}

/** A store that lasts as long as the process. Unbounded in history: for tests and demonstrations. */
export class MemoryStore implements Store {
  readonly polls = memoryPollStore()
  readonly people = memoryPeopleStore((entry) => this.polls.record('', entry))
  readonly webhooks = memoryWebhookStore((show, entry) => this.polls.record(show, entry))
  readonly #shows = new Map<string, Show>()
  readonly #packs = new Map<string, StickerPack>()
  readonly #counts = new Map<string, ShowCounts>()
  #term = 0
  #reached: CountsReached | undefined

  async shows(): Promise<Show[]> {
    return structuredClone([...this.#shows.values()])
  }

  async show(show: string): Promise<Show | undefined> {
    return structuredClone(this.#shows.get(show))
  }

  async saveShow(
    show: Show,
    { replaces, entry, polls = [] }: Parameters<Store['saveShow']>[1],
  ): Promise<boolean> {
    if ((this.#shows.get(show.show)?.version ?? 0) !== replaces) return false
    if (polls.some(({ poll, replaces }) => this.polls.versionOf(poll.show, poll.poll) !== replaces))
      return false
    this.#shows.set(show.show, structuredClone(show))
    for (const { poll, replaces } of polls) await this.polls.save(poll, { replaces })
    if (entry !== undefined) await this.polls.record(show.show, entry)
    return true
  }

  async packs(): Promise<StickerPack[]> {
    return structuredClone([...this.#packs.values()])
  }

  async savePack(pack: StickerPack, { replaces, entry }: Replacing): Promise<boolean> {
    if ((this.#packs.get(pack.pack)?.version ?? 0) !== replaces) return false
    this.#packs.set(pack.pack, structuredClone(pack))
    if (entry !== undefined) await this.polls.record('', entry)
    return true
  }

  async counts(show: string): Promise<CountsState> {
    const { totals, history, shifts, cells, moods, cellsFrom } = this.#of(show)
    return structuredClone({
      totals: [...totals.values()],
      history: [...history.values()].filter(({ at }) => at + HISTORY_STEP_MS > cellsFrom),
      shifts: [...shifts.values()].filter(({ at }) => at + HISTORY_STEP_MS + DELAY_MS_MAX > cellsFrom),
      cells: [...cells.values()],
      moods: [...moods.values()],
      cellsFrom,
    })
  }

  async probe(): Promise<void> {}

  async takeTerm(): Promise<number> {
    this.#term++
    return this.#term
  }

  async term(): Promise<number> {
    return this.#term
  }

  async countsReached(): Promise<CountsReached | undefined> {
    return this.#reached
  }

  async saveCounts(show: string, changes: CountsState, term: number, place?: CountsPlace): Promise<boolean> {
    if (term !== this.#term) return false
    if (place !== undefined) {
      const [has, before] = [this.#reached, place.before]
      if (has?.next !== before?.next || has?.topicId !== before?.topicId) return false
      this.#reached = place.after
    }
    const counts = this.#of(show)
    for (const total of changes.totals) counts.totals.set(`${total.segment}/${total.sticker}`, { ...total })
    for (const table of ['history', 'shifts'] as const)
      for (const step of changes[table])
        counts[table].set(`${step.at}/${step.segment}/${step.sticker}`, { ...step })
    for (const cell of changes.cells) counts.cells.set(cellKey(cell), { ...cell })
    for (const mood of changes.moods) counts.moods.set(mood.segment, structuredClone(mood))
    counts.cellsFrom = changes.cellsFrom
    for (const [key, { window }] of counts.cells) if (window < changes.cellsFrom) counts.cells.delete(key)
    return true
  }

  async beginRun(show: Pick<Show, 'show' | 'run'>, term: number): Promise<boolean> {
    if (term !== this.#term) return false
    const before = filedBefore(show)
    const { moods } = this.#of(filedAs(show))
    const wiped = before.flatMap((name) => [...this.#of(name).moods.values()])
    if (wiped.length > 0)
      for (const mood of begunMoods(wiped, [...moods.values()])) moods.set(mood.segment, mood)
    for (const name of before) this.#counts.delete(name)
    return true
  }

  async history(
    show: string,
    { from, to, stepMs, segment, bySegment, clock }: HistoryRange,
  ): Promise<HistoryCount[]> {
    const steps = new Map<string, HistoryCount>()
    const { history, shifts } = this.#of(show)
    for (const row of [...history.values(), ...(clock === 'programme' ? shifts.values() : [])]) {
      if (row.at < from || row.at >= to || (segment !== undefined && row.segment !== segment)) continue
      const step = {
        ...row,
        at: row.at - (row.at % stepMs),
        segment: bySegment ? row.segment : (segment ?? ''),
      }
      const key = `${step.at}/${step.segment}/${step.sticker}`
      step.count += steps.get(key)?.count ?? 0
      steps.set(key, step)
    }
    const name = ({ segment, sticker }: HistoryCount) => `${segment}/${sticker}`
    const counted = [...steps.values()].filter(({ count }) => count !== 0)
    return counted.sort((a, b) => a.at - b.at || (name(a) < name(b) ? -1 : 1))
  }

  async close(): Promise<void> {}

  #of(show: string): ShowCounts {
    let counts = this.#counts.get(show)
    if (counts === undefined) {
      counts = {
        totals: new Map(),
        history: new Map(),
        shifts: new Map(),
        cells: new Map(),
        moods: new Map(),
        cellsFrom: 0,
      }
      this.#counts.set(show, counts)
    }
    return counts
  }
}
