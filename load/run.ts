import { plural } from '../protocol/plural.ts'
import type { ShowDocument } from '../protocol/show.ts'
import { moodTopic } from '../protocol/topics.ts'
import { BurstSender } from './burst-sender.ts'
import { clockMs } from './clock.ts'
import { findShow, LoadError, type Place } from './find-show.ts'
import { type Fleet, localFleet, processFleet, sharesOf } from './fleets.ts'
import { refusalOf } from './guard.ts'
import { Histogram, type Summary } from './histogram.ts'
import { type LedgerSums, PacketLedger } from './packet-ledger.ts'
import { Probes, probeSticker, probesPerSecond } from './probes.ts'
import { type PlannedBurst, schedule } from './schedule.ts'
import { SHAPES, type ShapeName } from './shapes/shapes.ts'
import { Tally } from './tally.ts'
import { type Limits, type Verdict, verdictOf } from './verdict.ts'
import type { FleetCounts, FleetReport } from './viewer-fleet.ts'

export interface LoadOptions {
  /** The server that provides the show and the viewers' addresses. Taps go to it and, in turn, to the others. */
  url: string
  others?: string[]
  show: string
  viewers: number
  /** Taps per second, averaged over the run. */
  rate: number
  seconds: number
  shape: ShapeName
  /** Taps per request. */
  burst: number
  processes: number | 'auto'
  seed: number
  /** How long to wait at the end until everything accepted is counted. */
  settleSeconds: number
  /** What counts as a fault besides inexact counts. */
  limits?: Limits
  /** Allows taps even if other people are watching, see `refusalOf`. Default false. */
  real?: boolean
}

/** Progress of the run, once a second. */
export interface LoadProgress {
  elapsedS: number
  listening: number
  sent: number
  accepted: number
  counted: number
  delivered: number
  /** Viewers' connections lost so far. */
  closes: number
  /** Over the last second. */
  tapMs: Summary
  silences: Silence[]
}

/** A time in which taps were sent but no viewer got a packet. */
export interface Silence {
  /** Since the first tap. */
  fromS: number
  ms: number
}

export interface LoadResult {
  options: LoadOptions
  windowMs: number
  sent: number
  accepted: number
  refused: Record<string, number>
  unanswered: number
  unsent: number
  counted: number
  sums: Omit<LedgerSums, 'bySticker'>
  delivery: FleetCounts & { expected: number }
  /** From the due time of a tap to its packet at a viewer. */
  tapMs: Summary
  /** From the due time of a burst to its 202. */
  answerMs: Summary
  connectMs: Summary
  outageMs: Summary
  /** The longest time between two packets while taps were sent, and all unusually long ones. */
  silenceMs: number
  silences: Silence[]
  stormMs: number | undefined
  probes: { sticker: string | undefined; timed: number; lost: number; strangers: number }
  /** How late this tool itself sent what was due, and how much of one core it used. */
  tool: { lagMs: Summary; cores: number; processes: number }
  faults: Record<'unanswered' | 'unsent' | 'viewers', [fault: string, times: number][]>
  verdict: Verdict
}

const CONNECT_TIMEOUT_MS = 60_000
/** If the end settles within this time, the wait is not mentioned. */
const PATIENCE_MS = 3_000
/** A silence is reported if it is longer than this and than some windows. The newest ones are kept. */
const SILENCE_MS = 1_500
const SILENT_WINDOWS = 5
const SILENCES_MAX = 100
/** How often the schedule is checked: less than the timer's resolution would be useless. */
const TICK_MS = 1

/** Bursts planned elsewhere, ordered by due time, in place of a shape's. */
export interface Played {
  /** The show that they were planned for. */
  place: Place
  bursts: Iterable<PlannedBurst>
  /** The run's clock has started. */
  onStart(): void
  /** Resolves when everything else that is played has ended: the viewers listen until then. */
  ended: Promise<void>
}

/**
 * Runs one load: connects the viewers, sends what the schedule has due, then waits until everything is answered and until
 * everything is counted, each for at most `settleSeconds`. `stop` ends the tapping early. Throws `LoadError` when there is no
 * server to test.
 */
export async function run(
  options: LoadOptions,
  onProgress: (progress: LoadProgress) => void,
  onNote: (note: string) => void,
  stop: AbortSignal,
  played?: Played,
): Promise<LoadResult> {
  const place = played?.place ?? (await placeFor(options))
  const load = new Load(options, place, { onNote, played })
  try {
    return await load.run(onProgress, stop)
  } finally {
    await load.close()
  }
}

/** @throws LoadError if there is no server to test, or if others are watching who should not see these taps */
async function placeFor(options: LoadOptions): Promise<Place> {
  const place = await findShow(options)
  const refusal = options.real ? undefined : await refusalOf(options.url, place.show)
  if (refusal !== undefined) throw new LoadError(refusal)
  return place
}

class Load {
  readonly #options: LoadOptions
  readonly #show: ShowDocument
  readonly #note: (note: string) => void
  readonly #tally = new Tally()
  readonly #probes = new Probes()
  readonly #ledger: PacketLedger
  readonly #senders: BurstSender[]
  #burstsSent = 0
  readonly #fleets: Fleet[] = []
  readonly #reports: (FleetReport | undefined)[] = []
  readonly #tapMs = new Histogram()
  #recentMs = new Histogram()
  readonly #answerMs = new Histogram()
  readonly #lagMs = new Histogram()
  readonly #plainSticker: string
  readonly #probeSticker: string | undefined
  readonly #played: Played | undefined
  readonly #failed = Promise.withResolvers<never>()
  #startMs = Number.NaN
  #lastPacketMs = Number.NaN
  #silenceMs = 0
  readonly #silences: Silence[] = []
  #tapping = false
  #closed = false

  constructor(
    options: LoadOptions,
    { show, http, others, pubsub }: Place,
    { onNote, played }: { onNote: (note: string) => void; played: Played | undefined },
  ) {
    this.#options = options
    this.#played = played
    this.#show = show
    this.#note = onNote
    const stickers = show.stickers.map(({ sticker }) => sticker)
    this.#plainSticker = stickers[0]!
    // A replay may tap every sticker, so none is left for probes.
    this.#probeSticker = played === undefined ? probeSticker(stickers) : undefined
    this.#ledger = new PacketLedger({
      probes: this.#probes,
      probeSticker: this.#probeSticker,
      onTime: (ms, times) => {
        this.#tapMs.add(ms, times)
        this.#recentMs.add(ms, times)
      },
    })
    this.#senders = [http, ...others].map(
      (target) =>
        new BurstSender({
          target,
          show: options.show,
          clock: clockMs,
          onOutcome: (burst, outcome) => {
            const accepted = this.#tally.settle(burst, outcome)
            if (accepted) this.#answerMs.add(clockMs() - this.#startMs - burst.dueMs)
            else if (burst.probe !== undefined && outcome.kind !== 'unanswered')
              this.#probes.withdraw(burst.probe)
          },
        }),
    )
    this.#failed.promise.catch(() => {})
    this.#openFleets(pubsub)
  }

  #openFleets(targets: Place['pubsub']): void {
    const { viewers, processes, seed, show } = this.#options
    let first = 0
    for (const [index, count] of sharesOf(viewers, processes).entries()) {
      this.#reports.push(undefined)
      if (count === 0) continue
      const share = {
        targets,
        topic: moodTopic(show),
        first,
        count,
        name: `load-${process.pid}`,
        seed: seed + index,
      }
      const onReport = (report: FleetReport): void => this.#hear(index, report)
      const fleet =
        index === 0
          ? localFleet(share, onReport)
          : processFleet(share, onReport, (fault) => this.#failed.reject(new LoadError(fault)))
      this.#fleets.push(fleet)
      first += count
    }
  }

  #hear(index: number, report: FleetReport): void {
    this.#reports[index] = report
    this.#ledger.add(report.packets, report.arrivals)
    for (const { firstMs } of report.packets) {
      if (this.#tapping && firstMs > this.#lastPacketMs) {
        this.#hearSilence(firstMs)
      }
      this.#lastPacketMs = firstMs
    }
  }

  #hearSilence(untilMs: number): void {
    const ms = untilMs - this.#lastPacketMs
    this.#silenceMs = Math.max(this.#silenceMs, ms)
    if (ms < Math.max(SILENCE_MS, SILENT_WINDOWS * this.#show.windowMs)) return
    this.#silences.push({ fromS: (this.#lastPacketMs - this.#startMs) / 1000, ms })
    if (this.#silences.length > SILENCES_MAX) this.#silences.shift()
  }

  async run(onProgress: (progress: LoadProgress) => void, stop: AbortSignal): Promise<LoadResult> {
    await this.#connect(stop)
    await this.#findBase()
    const cpuBefore = this.#cpuMs()
    this.#startMs = clockMs()
    this.#lastPacketMs = this.#startMs
    this.#tapping = true
    this.#played?.onStart()
    const live = setInterval(() => onProgress(this.#progress()), 1000)
    try {
      await Promise.race([Promise.all([this.#tap(stop), this.#played?.ended]), this.#failed.promise])
    } finally {
      clearInterval(live)
    }
    const cores = (this.#cpuMs() - cpuBefore) / (clockMs() - this.#startMs)
    this.#tapping = false
    this.#hearSilence(clockMs())
    await this.#settle()
    // Before the viewers disconnect, so that they count as connected.
    const { listening } = this.#counts()
    const progress = this.#progress()
    await this.close()
    onProgress(progress)
    return this.#result(cores, listening)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    for (const sender of this.#senders) sender.close()
    await Promise.all(this.#fleets.map((fleet) => fleet.close()))
  }

  async #connect(stop: AbortSignal): Promise<void> {
    const { viewers } = this.#options
    const untilMs = clockMs() + CONNECT_TIMEOUT_MS
    while (this.#counts().listening < viewers && clockMs() < untilMs && !stop.aborted) {
      await Promise.race([Bun.sleep(50), this.#failed.promise])
    }
    const { listening } = this.#counts()
    const [fault] = this.#viewerFaults()
    if (listening === 0)
      throw new LoadError(`No viewer could connect: ${fault?.[0] ?? 'there was no answer'}`)
    if (listening < viewers)
      this.#note(
        `Connected: ${listening} of ${plural(viewers, 'viewer')}; the others keep trying (${fault?.[0]})`,
      )
  }

  /** Waits until the total is stable for two windows; in a show where others tap it never is. */
  async #findBase(): Promise<void> {
    const { windowMs } = this.#show
    const untilMs = clockMs() + 4 * windowMs + 1000
    const restMs = 2 * windowMs + 300
    let total = this.#ledger.newest?.total
    let sinceMs = clockMs()
    while (clockMs() - sinceMs < restMs) {
      if (clockMs() > untilMs) {
        this.#note('Somebody else taps in this show: counts will not match')
        break
      }
      await Bun.sleep(50)
      if (this.#ledger.newest?.total === total) continue
      total = this.#ledger.newest?.total
      sinceMs = clockMs()
    }
    this.#ledger.begin()
  }

  async #tap(stop: AbortSignal): Promise<void> {
    const { seconds } = this.#options
    // Closed while tapping: a fleet, or whatever else is played, has failed.
    const isStopped = () => stop.aborted || this.#closed
    const { bursts: planned, storms } = this.#planned()
    const bursts = planned[Symbol.iterator]()
    let next = bursts.next()
    while (!isStopped() && clockMs() - this.#startMs < seconds * 1000) {
      const nowMs = clockMs() - this.#startMs
      if (storms.length > 0 && storms[0]! <= nowMs) {
        storms.shift()
        for (const fleet of this.#fleets) fleet.storm()
      }
      for (; !next.done && next.value.dueMs <= nowMs; next = bursts.next()) this.#send(next.value, nowMs)
      await Bun.sleep(TICK_MS)
    }
    if (isStopped()) return
    for (; !next.done; next = bursts.next()) this.#send(next.value, clockMs() - this.#startMs)
  }

  /** All bursts, and the times at which all viewers lose their connection. */
  #planned(): { bursts: Iterable<PlannedBurst>; storms: number[] } {
    if (this.#played !== undefined) return { bursts: this.#played.bursts, storms: [] }
    const { shape: name, rate, seconds, burst, seed } = this.#options
    const cast = {
      stickers: this.#show.stickers.map(({ sticker }) => sticker).filter((id) => id !== this.#probeSticker),
      segments: this.#show.segments.map(({ segment }) => segment),
    }
    const shape = SHAPES[name](cast)
    const storms = shape.storms.map((place) => place * seconds * 1000)
    const bursts = schedule({
      taps: Math.round(rate * seconds),
      burst,
      seconds,
      probesPerSecond: probesPerSecond({ rate, windowMs: this.#show.windowMs }),
      probeSticker: this.#probeSticker,
      shape,
      seed,
    })
    return { bursts, storms }
  }

  #send(burst: PlannedBurst, nowMs: number): void {
    this.#lagMs.add(nowMs - burst.dueMs)
    const blocked = burst.probe !== undefined && !this.#probes.take(burst.probe, this.#startMs + burst.dueMs)
    const sent = blocked ? plain(burst, this.#plainSticker) : burst
    this.#tally.due(sent)
    this.#senders[this.#burstsSent++ % this.#senders.length]!.send(sent)
  }

  /**
   * Waits until everything is answered, then until everything is counted, each with a time limit; then two windows more, in which
   * nothing should arrive.
   */
  async #settle(): Promise<void> {
    const { viewers, settleSeconds } = this.#options
    const missing = (): number => this.#tally.accepted - this.#ledger.counted
    await this.#waitFor(
      () => !this.#senders.some((sender) => sender.open > 0),
      () => `Waiting up to ${settleSeconds} s for the last answers`,
    )
    // A server this far behind is sent nothing more: what it still accepted could not be counted in time.
    for (const sender of this.#senders) sender.close()
    await this.#waitFor(
      () => missing() <= 0 && this.#counts().listening >= viewers,
      () =>
        `Waiting up to ${settleSeconds} s: ${missing()} accepted taps are not counted, ${viewers - this.#counts().listening} viewers not back`,
    )
    await Bun.sleep(2 * this.#show.windowMs + 500)
  }

  /** Resolves when `isOver`, or after `settleSeconds`. */
  async #waitFor(isOver: () => boolean, what: () => string): Promise<void> {
    const startMs = clockMs()
    for (let said = false; !isOver() && clockMs() - startMs < this.#options.settleSeconds * 1000; ) {
      await Promise.race([Bun.sleep(20), this.#failed.promise])
      if (said || clockMs() - startMs < PATIENCE_MS) continue
      said = true
      this.#note(what())
    }
  }

  #counts(): FleetCounts {
    const sum: FleetCounts = {
      listening: 0,
      delivered: 0,
      gaps: 0,
      late: 0,
      repeated: 0,
      conflicts: 0,
      unreadable: 0,
      missedAway: 0,
      closes: 0,
      failed: 0,
      turnedAway: 0,
    }
    for (const report of this.#reports) {
      for (const key of Object.keys(sum) as (keyof FleetCounts)[]) sum[key] += report?.counts[key] ?? 0
    }
    return sum
  }

  #cpuMs(): number {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000 + this.#fleets.reduce((sum, fleet) => sum + fleet.cpuMs(), 0)
  }

  #viewerFaults(): [string, number][] {
    const sum = new Map<string, number>()
    for (const [fault, times] of this.#reports.flatMap((report) => report?.faults ?? [])) {
      sum.set(fault, (sum.get(fault) ?? 0) + times)
    }
    return [...sum].toSorted((a, b) => b[1] - a[1])
  }

  #progress(): LoadProgress {
    const { listening, delivered, closes } = this.#counts()
    const tapMs = this.#recentMs.summary()
    this.#recentMs = new Histogram()
    const { sent, accepted } = this.#tally
    const elapsedS = (clockMs() - this.#startMs) / 1000
    const counted = this.#ledger.counted
    return {
      elapsedS,
      listening,
      sent,
      accepted,
      counted,
      delivered,
      closes,
      tapMs,
      silences: this.#silences,
    }
  }

  #merged(of: 'connectMs' | 'outageMs'): Summary {
    const merged = new Histogram()
    for (const report of this.#reports) if (report !== undefined) merged.merge(report[of])
    return merged.summary()
  }

  #result(cores: number, listening: number): LoadResult {
    const { sent, accepted, unanswered, unsent, refused, acceptedBySticker, unansweredBySticker } =
      this.#tally
    const sums = this.#ledger.sums()
    const counts = { ...this.#counts(), listening }
    const { viewers, rate } = this.#options
    const { windowMs } = this.#show
    const { strangers, lost } = this.#probes
    const { bySticker, ...rest } = sums
    const storms = this.#reports.map((report) => report?.stormMs).filter((ms) => ms !== undefined)
    return {
      options: this.#options,
      windowMs,
      sent,
      accepted,
      refused: Object.fromEntries(refused),
      unanswered,
      unsent,
      counted: sums.byTotal,
      sums: rest,
      delivery: { ...counts, expected: counts.delivered + counts.gaps },
      tapMs: this.#tapMs.summary(),
      answerMs: this.#answerMs.summary(),
      connectMs: this.#merged('connectMs'),
      outageMs: this.#merged('outageMs'),
      silenceMs: this.#silenceMs,
      silences: this.#silences,
      stormMs: storms.length > 0 ? Math.max(...storms) : undefined,
      probes: {
        sticker: this.#probeSticker,
        timed: this.#probes.seen,
        lost: lost + this.#probes.open,
        strangers,
      },
      tool: { lagMs: this.#lagMs.summary(), cores, processes: this.#reports.length },
      faults: {
        unanswered: [...this.#tally.faults.unanswered],
        unsent: [...this.#tally.faults.unsent],
        viewers: this.#viewerFaults(),
      },
      verdict: verdictOf({
        accepted,
        unanswered,
        acceptedBySticker,
        unansweredBySticker,
        sums,
        strangers,
        counts,
        viewers,
        rate,
        windowMs,
        tapP99Ms: this.#tapMs.count === 0 ? undefined : this.#tapMs.summary().p99,
        limits: this.#options.limits ?? {},
      }),
    }
  }
}

const plain = ({ dueMs, taps, segment }: PlannedBurst, sticker: string): PlannedBurst => ({
  dueMs,
  taps,
  segment,
  stickers: { [sticker]: taps },
})
