import { ownOf } from '../../../protocol/ids.ts'
import type { EarlierPosts, PostAnswer } from '../../../protocol/packets.ts'
import type { ShowDocument } from '../../../protocol/show.ts'
import type { PostContent, Roar, RoarEvents } from '../connect.ts'
import { RoarError } from '../error.ts'
import type { Status } from '../machine.ts'
import type { Stickers } from '../taps.ts'

export type { Roar, RoarEvents } from '../connect.ts'
export { RoarError } from '../error.ts'

/** A `Roar` without a server, for testing code that uses one: the test emits events, and reads what was called. */
export interface RoarDouble extends Roar {
  /** Emits an event; `show` and `status` are then also returned by `show()` and `status()`. */
  emit<Name extends keyof RoarEvents>(name: Name, event: RoarEvents[Name]): void
  /** Taps so far, by sticker. */
  readonly taps: Stickers
  /** Posts so far. */
  readonly posts: readonly (PostContent & { room?: string | undefined })[]
}

export interface RoarDoubleOptions {
  /** Answers a post, or rejects it. Default: an answer with the post's number as its id. */
  onPost?: (content: PostContent, options: { room?: string }) => PostAnswer | Promise<PostAnswer>
  /** Answers `feed()`, or rejects it. Default: no posts. */
  onFeed?: () => EarlierPosts | Promise<EarlierPosts>
}

/** Creates a double: it is `connecting` until the test changes that, does nothing on its own, and has no timers. */
export function roarDouble({ onPost, onFeed }: RoarDoubleOptions = {}): RoarDouble {
  const listeners = new Map<string, Set<(event: never) => void>>()
  const closing = new AbortController()
  const taps: Stickers = {}
  const posts: RoarDouble['posts'][number][] = []
  let status: Status = { state: 'connecting' }
  let show: ShowDocument | undefined

  const emit: RoarDouble['emit'] = (name, event) => {
    // A closed client receives nothing, and only emits refusals.
    if (status.state === 'closed' && name !== 'refused') return
    if (name === 'show') show = event as ShowDocument
    if (name === 'status') status = event as Status
    for (const listener of [...(listeners.get(name) ?? [])]) (listener as (event: unknown) => void)(event)
  }
  const become = (next: Status): void => {
    if (status.state !== 'closed') emit('status', next)
  }
  const close = (): void => {
    become({ state: 'closed' })
    closing.abort(new RoarError('closed', 'Closed'))
  }
  const on: Roar['on'] = (name, listener, { signal } = {}) => {
    const all = listeners.get(name) ?? new Set()
    listeners.set(name, all.add(listener))
    const off = () => all.delete(listener)
    if (signal?.aborted) off()
    signal?.addEventListener('abort', off)
    return off
  }
  const once: Roar['once'] = (name, { signal } = {}) =>
    new Promise((resolve, reject) => {
      const off = on(name, (event) => {
        off()
        resolve(event)
      })
      for (const end of [signal, closing.signal]) {
        const give = () => {
          off()
          reject(end!.reason)
        }
        if (end?.aborted) give()
        else end?.addEventListener('abort', give)
      }
    })

  return {
    emit,
    taps,
    posts,
    on,
    once,
    close,
    react(sticker) {
      if (status.state === 'closed') {
        emit('refused', { stickers: { [sticker]: 1 }, code: 'closed', detail: 'closed' })
      } else taps[sticker] = (ownOf(taps, sticker) ?? 0) + 1
    },
    async post(posted, { room } = {}) {
      const content = typeof posted === 'string' ? { sticker: posted } : posted
      if (status.state === 'closed') throw new RoarError('closed', 'Closed')
      posts.push({ ...content, room })
      const answer = { post: { id: `${posts.length}`, at: 0, viewer: 'me' } }
      return onPost?.(content, room === undefined ? {} : { room }) ?? answer
    },
    async ready() {
      while (show === undefined || !status.over) {
        if (status.state === 'failed') throw new RoarError(status.code as RoarError['code'], 'Failed')
        await once('status')
      }
      return show
    },
    status: () => status,
    show: () => show,
    feed: async () => onFeed?.() ?? { at: 0, posts: [], removed: [] },
    pause(reason) {
      const held = status.state === 'paused' ? status.reasons : []
      if (!held.includes(reason)) become({ state: 'paused', reasons: [...held, reason] })
    },
    resume(reason) {
      if (status.state !== 'paused' || !status.reasons.includes(reason)) return
      const reasons = status.reasons.filter((other) => other !== reason)
      become(reasons.length > 0 ? { state: 'paused', reasons } : { state: 'connecting' })
    },
    retry() {
      if (status.state === 'waiting') become({ state: 'connecting' })
    },
    async drain() {
      become({ state: 'draining' })
      close()
    },
  }
}
