import type { Clock } from '../../adapters/clock/clock.ts'
import type { Log } from '../../adapters/log/log.ts'
import type { Store } from '../../adapters/store/store.ts'
import { ClockSkew } from '../../engine/polls/clock-skew.ts'
import { asNewVersion } from '../../engine/polls/life.ts'
import { RoarError } from '../../protocol/errors.ts'
import type { Poll } from '../../protocol/polls.ts'
import { control } from '../../protocol/records/control.ts'
import type { Revoked } from '../../protocol/revoked.ts'
import type { Show } from '../../protocol/show.ts'
import type { ShowDirectory } from '../directory/directory.ts'
import { newestShow } from './newest-show.ts'
import { checkKept, untilKept } from './races.ts'
import { checkTellable } from './told.ts'

/** How long this process's directory may take to read what was written. */
const HEARD_WITHIN_MS = 10_000

/** How producers' decisions reach every role: the store keeps them, the control log distributes them. */
export interface Control {
  /**
   * The longest time until every role has read a change, in milliseconds: a change that must take effect everywhere at once is
   * dated that far ahead.
   */
  readonly leadMs: number
  /**
   * The time of a decision, milliseconds since 1970: this process's clock, corrected by the log's when the two were compared a
   * moment ago, or else the log's as far as it is known. A poll that is closed now is closed after every ballot that was read.
   */
  now(): number
  /**
   * Compares this process's clock with the log's, unless that was done recently, by announcing the show's next version to every
   * role.
   * @throws RoarError log_unavailable
   */
  compareClocks(show: string): Promise<void>
  /** Why no seal can be made by this process's clock, as far as its newest append to the log says; undefined: one can. */
  clockFault(): string | undefined
  /**
   * Serialises changes of one thing, a show or a poll of it: each starts from the previous one's result. A seal takes long, so a
   * change of a poll takes the poll's turn first, and the show's turn only for announcing.
   */
  inTurn<T>(thing: string, work: () => Promise<T>): Promise<T>
  /**
   * Within the show's turn: announces the show's next version, and a stored poll, to every role. The show's document lists its
   * polls, so its readers learn of a newer one.
   * @returns the poll, if any, as every role knows it then: see `knownLate`
   * @throws RoarError log_unavailable
   */
  announce(show: string, poll?: Poll): Promise<Poll | undefined>
  /**
   * Within the show's turn: stores the next version of a show, with the polls that change together with it, and announces it to
   * every role.
   * @param before The show that it replaces. @throws Faster if another studio was faster, RoarError log_unavailable, bad_request
   */
  keepShow(show: Show, write: Parameters<Store['saveShow']>[1], before?: Show): Promise<void>
  /**
   * Within the show's turn: announces a stored show, with its polls, if the log does not have it: its writer failed before that.
   * @throws RoarError log_unavailable
   */
  retellShow(show: Show): Promise<void>
  /**
   * Waits for changes in progress, for at most 5 s. What takes longer, such as a seal that waits for other processes, is answered
   * with `draining` and writes nothing more: what it has stored continues after the restart.
   */
  drain(): Promise<void>
  /** Announces a revoked token to every role; it takes effect in this process at once. @throws RoarError log_unavailable */
  revoke(revoked: Revoked): Promise<void>
}

/** How long a drain waits for changes in progress: with the rest of the drain, less than an orchestrator allows. */
const DRAIN_MS = 5_000

export function createControl({
  store,
  log,
  directory,
  clock,
  logClock = clock,
  leadMs,
  readMs = () => 0,
}: {
  store: Store
  log: Log
  directory: ShowDirectory
  clock: Clock
  /** The log's time. Default: it is `clock`'s. */
  logClock?: Pick<Clock, 'now'>
  /** How long after a call its decision takes effect, so that every process applies it at the same time. */
  leadMs: number
  /** The log's time at the newest record of votes read here. Default: none was read. */
  readMs?: () => number
}): Control {
  const skew = new ClockSkew()

  /** The last waiting change, by thing. */
  const turns = new Map<string, Promise<unknown>>()

  /** Until the directory has it the next turn would start from the old version. */
  async function heard(show: Show): Promise<void> {
    let unfollow = () => {}
    let cancel = () => {}
    try {
      await new Promise<void>((resolve, reject) => {
        cancel = clock.after(HEARD_WITHIN_MS, () =>
          reject(new RoarError('log_unavailable', 'the change is stored, but was not confirmed in time')),
        )
        unfollow = directory.follow((view) => {
          if (view.show.show === show.show && view.show.version >= show.version) resolve()
        })
      })
    } finally {
      cancel()
      unfollow()
    }
  }

  /** Whoever has read the show's document has read its polls before. @returns the polls as every role knows them then */
  async function tell(show: Show, polls: readonly Poll[]): Promise<readonly Poll[]> {
    const sentMs = clock.now()
    const places = await log.append('control', [...polls, show].map(control.encode))
    skew.appended({ sentMs, confirmedMs: clock.now(), takenMs: places.at(-1)!.timestampMs })
    await heard(show)
    const known: Poll[] = []
    for (const poll of polls) known.push(await keepKnown(poll))
    return known
  }

  /**
   * Stores what every role makes of a poll that was told later than it was dated: whoever told it had stood still, or waited for
   * the store or the log. If somebody was faster, so does what they told.
   */
  async function keepKnown(poll: Poll): Promise<Poll> {
    const known = directory.findPoll(poll.show, poll.poll)
    if (known?.poll.version !== poll.version || !known.isLate) return poll
    const next = asNewVersion(known.poll)
    if (!(await store.polls.save(next, { replaces: poll.version }))) return known.poll
    return (await announce(next.show, next)) ?? next
  }

  /** Increments and stores the show's version; returns the stored show. */
  const counted = (name: string): Promise<Show> =>
    untilKept('the show', async () => {
      const { show, replaces } = await newestShow({ store, directory }, name)
      const newer = { ...show, version: show.version + 1 }
      checkKept(await store.saveShow(newer, { replaces }))
      return newer
    })

  /** Cancels changes in progress. */
  const cuts = new Set<(cause: RoarError) => void>()
  let cut: RoarError | undefined

  /** The work's result, or its cancellation. */
  async function untilCut<T>(work: Promise<T>): Promise<T> {
    const end = Promise.withResolvers<never>()
    cuts.add(end.reject)
    try {
      return await Promise.race([work, end.promise])
    } finally {
      cuts.delete(end.reject)
    }
  }

  function inTurn<T>(thing: string, work: () => Promise<T>): Promise<T> {
    const result = untilCut(
      (turns.get(thing) ?? Promise.resolve()).then(() => {
        if (cut !== undefined) throw cut
        return work()
      }),
    )
    const turn = result
      .catch(() => {})
      .then(() => {
        if (turns.get(thing) === turn) turns.delete(thing)
      })
    turns.set(thing, turn)
    return result
  }

  const announce = async (name: string, poll?: Poll): Promise<Poll | undefined> =>
    (await tell(await counted(name), poll === undefined ? [] : [poll]))[0]

  return {
    leadMs,
    now() {
      skew.read(readMs())
      const nowMs = clock.now()
      return skew.isMeasured(nowMs) ? skew.logMs(nowMs) : Math.max(logClock.now(), readMs())
    },
    async compareClocks(show) {
      const isMeasured = () => skew.isMeasured(clock.now())
      if (isMeasured()) return
      // An earlier change of the show may have compared them meanwhile.
      await inTurn(show, async () => {
        if (!isMeasured()) await announce(show)
      })
    },
    clockFault: () => skew.fault(clock.now()),
    inTurn,
    announce,
    async revoke(revoked) {
      await log.append('control', [control.encode(revoked)])
      directory.hearRevoked(revoked)
    },
    async keepShow(show, write, before) {
      checkTellable(show, before)
      for (const { poll } of write.polls ?? []) checkTellable(poll)
      checkKept(await store.saveShow(show, write))
      await tell(
        show,
        (write.polls ?? []).map(({ poll }) => poll),
      )
    },
    async retellShow(show) {
      if ((directory.find(show.show)?.show.version ?? -1) >= show.version) return
      const polls = await store.polls.all()
      await tell(
        show,
        polls.filter((poll) => poll.show === show.show),
      )
    },
    async drain() {
      let cancel = () => {}
      const late = new Promise<void>((resolve) => {
        cancel = clock.after(DRAIN_MS, resolve)
      })
      await Promise.race([Promise.all(turns.values()), late])
      cancel()
      cut = new RoarError('draining', 'the server is stopping: repeat the call to continue')
      for (const end of cuts) end(cut)
      await Promise.all(turns.values())
    },
  }
}
