import { RECENT_ENTRIES } from '../../../adapters/store/trail.ts'
import { wipeShow as wiped, wipePolls } from '../../../engine/shows/wipe.ts'
import type { Show } from '../../../protocol/show.ts'
import { answer, call } from '../../http/call/call.ts'
import { isSeen, MATCHES, seenIn } from '../../http/versions.ts'
import { EXAMPLE_SHOW, StudioShow } from '../../shows/schemas.ts'
import type { StudioContext } from '../context.ts'
import type { Control } from '../control.ts'
import { SCHEDULE } from '../poll-changes.ts'
import { reply, SHOW_ERRORS } from './shows.ts'

export const wipeShow = call({
  id: 'wipeShow',
  method: 'POST',
  path: '/v1/studio/shows/{show}/wipe',
  tag: 'Studio',
  summary: 'Wipe a rehearsal: delete everything that viewers did in it',
  description: `Counts, mood, feed and mutes are gone, and the show is scheduled again. Each poll that was opened is gone with its ballots and its certificate, and there is a draft of it under the next id (\`mvp-r2\`). The trail stays. Another request wipes again, but for the same one with the same \`If-Match\`. ${MATCHES}`,
  who: 'producer',
  answers: { 200: answer('The show as it is now', StudioShow, { ...EXAMPLE_SHOW, rehearsal: true, run: 2 }) },
  errors: [...SHOW_ERRORS, 'not_rehearsal'],
}).handle(async (context: StudioContext, { params: { show }, caller, request }) => {
  const { changeShow, control, directory, store, keys, clock, rehearsals } = context
  // Otherwise a rehearsal in progress would continue in the next run.
  if (directory.get(show).show.rehearsal === true) await rehearsals.stop(show)
  // This process changes no polls that it does not know, or that were wiped.
  const turns = directory.polls(show).map(({ poll: { poll } }) => `${show}/${poll}`)
  let gone: string[] = []
  const changed = await inTurns(control, turns, () =>
    changeShow({
      ...{ show, who: caller.who, action: 'wipe-show' },
      ifMatch: seenIn(request),
      act: async (before, now) =>
        (await wipedBy(context, before, { who: caller.who, seen: seenIn(request) }))
          ? before
          : wiped(before, now),
      async with({ run = 1 }, now) {
        const ever = (await store.polls.all()).filter((poll) => poll.show === show)
        const polls = wipePolls(ever, { run, now })
        for (const { draft } of polls) await keys.make(show, draft.poll)
        gone = polls.map(({ wiped: { poll } }) => poll)
        return {
          polls: polls.flatMap(({ wiped: poll, draft }) => [
            { poll, replaces: poll.version - 1 },
            { poll: draft, replaces: 0 },
          ]),
          detail: { run, polls: Object.fromEntries(polls.map(({ draft }, i) => [gone[i], draft.poll])) },
        }
      },
    }),
  )
  // The keys are deleted already; this removes their bytes, and what processes cache of them.
  for (const poll of gone) await keys.forget(show, poll)
  return reply(changed, clock.now())
})

/**
 * Whether the last that anybody did in the show is this wipe: a caller who names the version that they saw, and lost the
 * response, must not wipe twice.
 */
async function wipedBy(
  { store }: Pick<StudioContext, 'store'>,
  { show, run, version }: Show,
  { who, seen }: { who: string; seen: string | undefined },
): Promise<boolean> {
  if (seen === undefined || !isSeen(seen, { version: version - 1 })) return false
  const newest = await store.polls.trail(show, { limit: RECENT_ENTRIES })
  const { action, who: by, detail } = newest.find(({ who }) => who !== SCHEDULE) ?? {}
  return action === 'wipe-show' && by === who && (detail as { run?: number }).run === run
}

/** Like `Control.inTurn`, for several things: waits for what is in progress on any of them, such as a seal. */
const inTurns = <T>(control: Control, [first, ...others]: string[], work: () => Promise<T>): Promise<T> =>
  first === undefined ? work() : control.inTurn(first, () => inTurns(control, others, work))
