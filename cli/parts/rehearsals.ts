import type { Logger } from 'pino'
import type { Clock } from '../../adapters/clock/clock.ts'
import type { Recording } from '../../load/replay/recording.ts'
import type { ReplayProgress } from '../../load/replay/replay.ts'
import { RoarError } from '../../protocol/errors.ts'
import type { RecordingLine } from '../../protocol/recording.ts'
import type { Show } from '../../protocol/show.ts'
import type { ShowDirectory } from '../../services/directory/directory.ts'
import type { Identity } from '../../services/identity/identity.ts'
import type { ownStage } from '../../services/studio/own-stage.ts'
import type { Rehearsal, Rehearsals } from '../../services/studio/rehearsals.ts'

/** Rehearsals that one process plays at the same time: it has other work. */
const AT_ONCE_MAX = 3
/** Simulated viewers that receive and count. */
const LISTENERS = 3
const BURST = 5
const SETTLE_S = 15

const WIPED = 'The show was wiped while it was played.'
/** Identifies the run by its number: the directory may lag the store in which the show was wiped. */
const runOf = ({ run = 1 }: Pick<Show, 'run'>): number => run

interface Run {
  rehearsal: Rehearsal
  stop: AbortController
  ended: Promise<void>
}

/** Plays rehearsals from this process through the viewers' API. The player is loaded on first use. */
export function createRehearsals({
  here,
  stage,
  directory,
  identity,
  clock,
  logger,
}: {
  /** The address of the viewers' API; undefined: unknown here. */
  here: () => string | undefined
  stage: (show: string, who: string) => ReturnType<typeof ownStage>
  directory: Pick<ShowDirectory, 'follow'>
  identity: Pick<Identity, 'issueRehearsed'>
  clock: Clock
  logger: Logger
}): Rehearsals & { close(): Promise<void> } {
  const runs = new Map<string, Run>()
  const running = () => [...runs.values()].filter(({ rehearsal }) => rehearsal.state === 'running')

  async function play(
    show: string,
    { rehearsal, stop }: Omit<Run, 'ended'>,
    recording: Recording,
    url: string,
  ) {
    const { speed, who } = rehearsal
    const { replay } = await import('../../load/replay/replay.ts')
    const takeCounts = ({ elapsedS, sent, accepted, counted, posts, votes }: ReplayCounts) => {
      if (elapsedS > 0) rehearsal.elapsedMs = Math.min(rehearsal.lengthMs, Math.round(elapsedS * 1000))
      rehearsal.taps = { sent, accepted, counted }
      rehearsal.posts = { sent: posts.sent, accepted: posts.accepted }
      rehearsal.votes = { sent: votes.sent, accepted: votes.accepted, counted: rehearsal.votes.counted }
    }
    const result = await replay(
      recording,
      {
        ...{ url, show, speed, viewers: LISTENERS, burst: BURST, seed: rehearsal.began },
        ...{ settleSeconds: SETTLE_S, real: false, stage: stage(show, who) },
        makeViewer: (name, segment) => identity.issueRehearsed({ show, name, segment }),
      },
      { onProgress: takeCounts, stop: stop.signal },
    )
    const { load, votes, posts, ballots, faults, notes } = result
    takeCounts({ ...load, elapsedS: stop.signal.aborted ? 0 : rehearsal.lengthMs / 1000, posts, votes })
    rehearsal.votes.counted = ballots
    Object.assign(rehearsal, { state: stop.signal.aborted ? 'stopped' : 'done' })
    // Its counts were deleted, so there is nothing to compare with.
    Object.assign(rehearsal, stop.signal.reason === WIPED ? { notes: [WIPED] } : { faults, notes })
  }

  async function recordingOf(lines: readonly RecordingLine[] | undefined): Promise<Recording> {
    if (lines === undefined) return (await import('../../load/replay/final.ts')).theFinal()
    return (await import('../../load/replay/recording.ts')).recordingOf(lines)
  }

  /**
   * A rehearsal belongs to one run: a wipe from any studio begins the next, and ends it. Returns a function that stops watching.
   */
  const stopAtWipe = (show: Show, stop: AbortController): (() => void) =>
    directory.follow(({ show: known }) => {
      if (known.show === show.show && runOf(known) > runOf(show)) stop.abort(WIPED)
    })

  return {
    async begin(show: Show, { lines, speed, who }) {
      const recording = await recordingOf(lines)
      const url = here()
      if (url === undefined)
        throw new RoarError('wrong_state', 'this studio does not know the viewers’ address: set public-url')
      if (runs.get(show.show)?.rehearsal.state === 'running')
        throw new RoarError('wrong_state', 'a rehearsal is being played into this show: stop it first')
      if (running().length >= AT_ONCE_MAX)
        throw new RoarError('wrong_state', `${AT_ONCE_MAX} rehearsals are being played: stop one first`)
      const rehearsal: Rehearsal = {
        ...{ title: recording.title, speed, state: 'running', who, began: clock.now(), elapsedMs: 0 },
        lengthMs: Math.ceil(recording.ms / speed),
        ...{ taps: NONE, votes: NONE, posts: { sent: 0, accepted: 0 }, faults: [], notes: [] },
      }
      const run = { rehearsal, stop: new AbortController() }
      const stopWatching = stopAtWipe(show, run.stop)
      const ended = play(show.show, run, recording, url)
        .catch((cause: Error) => {
          // Stopped before its first tap.
          if (run.stop.signal.aborted) return void Object.assign(rehearsal, { state: 'stopped' })
          logger.warn({ show: show.show, err: cause }, 'a rehearsal could not be played')
          Object.assign(rehearsal, { state: 'failed', faults: [cause.message] })
        })
        .finally(stopWatching)
      runs.set(show.show, { ...run, ended })
      return rehearsal
    },
    newest: (show) => runs.get(show)?.rehearsal,
    async stop(show) {
      const run = runs.get(show)
      run?.stop.abort()
      await run?.ended
    },
    async close() {
      const ending = running()
      for (const { stop } of ending) stop.abort()
      await Promise.all(ending.map(({ ended }) => ended))
    },
  }
}

const NONE = { sent: 0, accepted: 0, counted: 0 }

type ReplayCounts = Pick<ReplayProgress, 'elapsedS' | 'sent' | 'accepted' | 'counted' | 'posts' | 'votes'>
