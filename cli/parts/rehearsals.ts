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

/** Shows that one process plays into at once: it has others to serve. */
const AT_ONCE_MAX = 3
/** Viewers who listen and count. */
const LISTENERS = 3
const BURST = 5
const SETTLE_S = 15

const WIPED = 'The show was wiped while it was played.'
/** The directory may be behind the store by which a wiped show is played again. */
const runOf = ({ run = 1 }: Pick<Show, 'run'>): number => run

interface Run {
  rehearsal: Rehearsal
  stop: AbortController
  ended: Promise<void>
}

/** Plays rehearsals from this process into the calls of viewers. What plays is loaded when somebody asks for it. */
export function createRehearsals({
  here,
  stage,
  directory,
  identity,
  clock,
  logger,
}: {
  /** Where viewers' calls are; undefined: this process does not know. */
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
    // What was counted of it is gone, and so is what it could be held against.
    Object.assign(rehearsal, stop.signal.reason === WIPED ? { notes: [WIPED] } : { faults, notes })
  }

  async function recordingOf(lines: readonly RecordingLine[] | undefined): Promise<Recording> {
    if (lines === undefined) return (await import('../../load/replay/final.ts')).theFinal()
    return (await import('../../load/replay/recording.ts')).recordingOf(lines)
  }

  /** What is played belongs to one run: whoever wipes the show, of whichever studio, has begun the next. Returns how to stop watching. */
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
          // It was stopped before its first tap.
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
