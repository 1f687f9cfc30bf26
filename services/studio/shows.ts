import type { Logger } from 'pino'
import type { Clock } from '../../adapters/clock/clock.ts'
import type { Log } from '../../adapters/log/log.ts'
import type { Store } from '../../adapters/store/store.ts'
import { pollName } from '../../engine/polls/poll-name.ts'
import { RevokedMarks } from '../../engine/revoked-marks.ts'
import { FIRST_PACK } from '../../engine/shows/life.ts'
import { isObject } from '../../protocol/json-shapes.ts'
import { REVOKED_MAX } from '../../protocol/limits.ts'
import type { Poll } from '../../protocol/polls.ts'
import { control, isPoll, isRevoked, REVOKED } from '../../protocol/records/control.ts'
import { faultOf } from '../../protocol/records/fault.ts'
import type { Revoked } from '../../protocol/revoked.ts'
import type { Show } from '../../protocol/show.ts'
import type { ShowDirectory } from '../directory/directory.ts'

/** The action's name in the audit trail. */
export const REVOKE_TOKEN = 'revoke-token'
const TRAIL_PAGE = 1_000
/** How long after a failed announcement it is retried. */
const AGAIN_MS = 5_000

/**
 * Announces the stored shows and polls to every role. The store is durable; the control log only distributes. If the store has
 * lost its newest writes, as on a lagging replica, it gets back what was announced: an ended show does not become live again.
 * @param first Created if there is no show at all.
 * @returns what the store got back, in words
 */
export async function announceShows({
  store,
  log,
  first,
}: {
  store: Store
  log: Log
  first: Show
}): Promise<string[]> {
  const restored = await restore(store, log)
  if ((await store.packs()).length === 0)
    await store.savePack(
      { pack: FIRST_PACK, title: 'Classic', stickers: first.stickers, version: 1 },
      { replaces: 0 },
    )
  let shows = await store.shows()
  if (shows.length === 0) {
    await store.saveShow(first, { replaces: 0 })
    // Another process may have created it, and changed it since.
    shows = await store.shows()
  }
  const polls = await store.polls.all()
  const revoked = await revokedIn(store)
  await log.append('control', [...shows, ...polls, ...revoked].map(control.encode))
  return restored
}

/**
 * Announces everything again when the control log has lost records, as a topic made anew has: who starts later would know neither
 * shows nor polls. What fails is tried again. Returns a function that stops.
 */
export function announceLost({
  directory,
  clock,
  logger,
  ...given
}: Parameters<typeof announceShows>[0] & {
  directory: Pick<ShowDirectory, 'followLoss'>
  clock: Clock
  logger: Logger
}): () => void {
  let cancel: (() => void) | undefined
  let isDue = false
  let isClosed = false
  /** Why it failed last: each reason is logged once, however often it is retried. */
  let failed = ''

  async function announce(): Promise<void> {
    try {
      while (isDue) {
        isDue = false
        reportRestored(await announceShows(given), logger)
      }
      cancel = undefined
      failed = ''
    } catch (cause) {
      if (isClosed) return
      const { message } = cause as Error
      if (message !== failed)
        logger.warn({ err: cause }, 'what the control log has lost could not be announced again; retrying')
      failed = message
      isDue = true
      cancel = clock.after(AGAIN_MS, () => void announce())
    }
  }

  const unfollow = directory.followLoss(() => {
    isDue = true
    // One at a time: it starts over if more is lost meanwhile.
    cancel ??= clock.after(0, () => void announce())
  })
  return () => {
    isClosed = true
    isDue = false
    unfollow()
    cancel?.()
  }
}

/** What a studio says when its store got something back. */
export function reportRestored(restored: string[], logger: Logger): void {
  if (restored.length === 0) return
  logger.warn(
    { restored },
    'the store is older than what was announced of its shows and polls: it got back the newest of each. Results, certificates and keys of what was decided since are lost with it',
  )
}

/** Writes to the store what is newer in the control log. */
async function restore(store: Store, log: Log): Promise<string[]> {
  const told = await toldIn(log)
  const restored: string[] = []
  const shows = new Map((await store.shows()).map(({ show, version }) => [show, version]))
  const polls = new Map((await store.polls.all()).map((poll) => [nameOf(poll), poll.version]))
  for (const [name, document] of told) {
    const has = (isPoll(document) ? polls : shows).get(name) ?? 0
    if (has >= document.version) continue
    // If another studio does the same, one of them is first.
    const isKept = isPoll(document)
      ? await store.polls.save(document, { replaces: has })
      : await store.saveShow(document, { replaces: has })
    if (isKept) restored.push(`${name} at version ${document.version}, of which it had ${has || 'none'}`)
  }
  return restored
}

/** The newest announced version of each show and poll. */
async function toldIn(log: Log): Promise<Map<string, Show | Poll>> {
  const told = new Map<string, Show | Poll>()
  const reader = log.consume('control', (batch) => {
    for (const { value } of batch) {
      const document = control.decode(value)
      if (typeof document === 'string' || isRevoked(document)) continue
      const name = nameOf(document)
      if ((told.get(name)?.version ?? -1) < document.version) told.set(name, document)
    }
  })
  await reader.caughtUp()
  await reader.close()
  return told
}

const nameOf = (document: Show | Poll): string =>
  isPoll(document) ? pollName(document.show, document.poll) : document.show

/**
 * The tokens that are still revoked, and of the others as many as there may be: the trail has every revocation, and a clock that is
 * ahead at a start says of any that it is over.
 */
async function revokedIn({ polls }: Pick<Store, 'polls'>): Promise<Revoked[]> {
  const marks = new RevokedMarks()
  const nowMs = Date.now()
  let before: number | undefined
  do {
    const page = await polls.trail('', { before, limit: TRAIL_PAGE })
    for (const { action, detail } of page)
      if (action === REVOKE_TOKEN && isMark(detail)) marks.take(detail, nowMs)
    before = page.length < TRAIL_PAGE ? undefined : page.at(-1)!.entry
  } while (before !== undefined)
  return marks.held().filter(({ until }, index) => until > nowMs || index < REVOKED_MAX)
}

/** An entry of the trail may have been changed by hand, and must not hold up the others. */
const isMark = (detail: unknown): detail is Revoked =>
  isObject(detail) && faultOf(detail, REVOKED) === undefined
