import { type Cluster, startCluster } from '../../deploy/cluster/cluster.ts'
import { headline, LIVE_HEAD, liveLine, table } from '../../load/report.ts'
import { type LoadOptions, type LoadProgress, type LoadResult, run, type Silence } from '../../load/run.ts'
import { duration, whole } from '../../load/verdict.ts'
import { machine } from '../cpu.ts'
import { keep } from '../results.ts'

/** Nothing is killed before counting has started, nor before everything has been whole for this long. */
const CALM_S = 8
/** How far the counted taps may lag the accepted ones to count as whole, in seconds of taps. */
const BEHIND_S = 4
/** A part that is not whole again after this time is given up. */
const RECOVERY_MAX_S = 120
const KAFKA_AWAY_MS = 20_000
/** Time limit of all kills together. */
const SECONDS_MAX = 1_200

interface Kill {
  part: string
  do: () => Promise<void>
}

export interface KillResult {
  part: string
  /** From the kill until the restarted part reported that it was ready. */
  awayMs: number
  /** From the kill until the counts had caught up and every viewer was reconnected. */
  wholeMs: number
  /** The longest time without a packet at any viewer, and how many connections were lost. */
  silenceMs: number
  closes: number
}

/**
 * Kills one part after another (-9) of a whole cluster under steady taps, and restarts it. Returns the exit code: 0 if finally
 * counted = accepted, except for what the killed ingest had not written yet.
 */
export async function benchKills(wanted: Pick<LoadOptions, 'viewers' | 'rate' | 'burst'>): Promise<number> {
  const cluster = await startCluster({ port: 0, second: true, tell: console.log })
  try {
    const options: LoadOptions = {
      ...wanted,
      url: cluster.url,
      others: [cluster.roles.ingest2.url],
      show: 'final',
      shape: 'steady',
      seconds: SECONDS_MAX,
      processes: 'auto',
      seed: 1,
      settleSeconds: 60,
    }
    console.log(`\n${headline(options)}\n${LIVE_HEAD}`)
    const watch = new Watch(options)
    const stop = new AbortController()
    const loading = run(options, (progress) => watch.hear(progress), console.log, stop.signal)
    // A failed run ends the killing, too.
    const failed = loading.then(
      () => new Error('the load ended before the last kill'),
      (cause: Error) => cause,
    )
    const kills: KillResult[] = []
    for (const kill of killsOf(cluster)) {
      const done = await Promise.race([watch.over(kill), failed])
      if (done instanceof Error) throw done
      kills.push(done)
      console.log(killLine(done))
    }
    stop.abort()
    const load = await loading
    console.log(`\n${table(load)}\n\n${KILL_HEAD}\n${kills.map(killLine).join('\n')}`)
    const lost = load.accepted - load.counted
    const unwritten = unwrittenOf(options)
    console.log(
      `\nThe killed ingest had up to ${whole(unwritten)} taps that were not written yet; ${whole(Math.max(0, lost))} taps were lost.`,
    )
    await keep('kills', { machine: machine(), kills, load })
    return isWhole(load, unwritten) ? 0 : 1
  } finally {
    await cluster.stop()
  }
}

/** What one of two ingests may hold: taps between two writes, and during one. */
const unwrittenOf = ({ rate }: Pick<LoadOptions, 'rate'>): number => rate / 2

const isWhole = ({ accepted, unanswered, counted, verdict }: LoadResult, unwritten: number): boolean =>
  verdict.ok || (counted >= accepted - unwritten && counted <= accepted + unanswered)

function killsOf({ roles, spark, kafka, mosquitto, second }: Cluster): Kill[] {
  const again = (part: string, victim: { kill(): Promise<unknown>; start(): Promise<void> }): Kill => ({
    part,
    do: async () => {
      await victim.kill()
      await victim.start()
    },
  })
  return [
    again('Spark', spark!.server),
    again('deliver', roles.deliver),
    again('bridge', second!.bridge),
    again('edge', roles.edge1),
    again('Mosquitto', { kill: mosquitto!.kill, start: mosquitto!.restart }),
    again("aggregate's supervisor", roles.aggregate),
    {
      part: 'Kafka, away for 20 s',
      do: async () => {
        await kafka!.broker.kill()
        await Bun.sleep(KAFKA_AWAY_MS)
        await kafka!.broker.start()
      },
    },
    again('one ingest of two', roles.ingest2),
  ]
}

/** Follows the load, and reports when everything is whole and what a kill did. */
class Watch {
  readonly #options: LoadOptions
  #newest: LoadProgress | undefined
  #calmSinceS = Number.POSITIVE_INFINITY
  /** Lost by an ingest: they will never be counted. */
  #lost = 0
  #waiting: (() => void)[] = []

  constructor(options: LoadOptions) {
    this.#options = options
  }

  hear(progress: LoadProgress): void {
    console.log(liveLine(progress))
    this.#newest = progress
    if (!this.#isWhole(progress)) this.#calmSinceS = Number.POSITIVE_INFINITY
    else this.#calmSinceS = Math.min(this.#calmSinceS, progress.elapsedS)
    for (const wake of this.#waiting.splice(0)) wake()
  }

  #isWhole({ accepted, counted, listening }: LoadProgress): boolean {
    const { viewers, rate } = this.#options
    return listening === viewers && counted > 0 && accepted - this.#lost - counted < BEHIND_S * rate
  }

  async #until(condition: (progress: LoadProgress) => boolean): Promise<LoadProgress> {
    for (;;) {
      if (this.#newest !== undefined && condition(this.#newest)) return this.#newest
      await new Promise<void>((wake) => this.#waiting.push(wake))
    }
  }

  /** Waits for calm, kills, and waits until everything is whole again. */
  async over({ part, do: kill }: Kill): Promise<KillResult> {
    const before = await this.#until(({ elapsedS }) => elapsedS - this.#calmSinceS >= CALM_S)
    const startMs = performance.now()
    await kill()
    const awayMs = performance.now() - startMs
    const endS = before.elapsedS + awayMs / 1000
    const whole = await this.#until(
      (progress) =>
        // Only the check after the part's start means anything.
        progress.elapsedS > endS + 1 &&
        (this.#isWhole(progress) || progress.elapsedS > endS + RECOVERY_MAX_S),
    )
    const silences = whole.silences.filter(({ fromS, ms }: Silence) => fromS + ms / 1000 > before.elapsedS)
    return {
      part,
      awayMs,
      wholeMs: 1000 * (whole.elapsedS - before.elapsedS),
      silenceMs: Math.max(0, ...silences.map(({ ms }) => ms)),
      closes: whole.closes - before.closes,
    }
  }
}

const KILL_HEAD =
  'killed with -9            away for   nobody saw anything new for   connections broken   whole again after'

const killLine = ({ part, awayMs, wholeMs, silenceMs, closes }: KillResult): string =>
  [
    part.padEnd(24),
    duration(awayMs).padStart(10),
    (silenceMs === 0 ? 'less than 1.5 s' : duration(silenceMs)).padStart(30),
    whole(closes).padStart(20),
    duration(wholeMs).padStart(19),
  ].join(' ')
