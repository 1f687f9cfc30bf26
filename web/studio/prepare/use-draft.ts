import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../api/call.ts'
import { Problem } from '../api/problem.ts'
import { KEYS, type StudioShow, useChange } from '../api/queries.ts'
import { clashesOf, type Edits, unsavedOf } from './clashes.ts'

interface Asked {
  /** The show as it was when sent. */
  over: StudioShow
  sent: Edits
}

/**
 * Unsaved changes to a show. If somebody else changed the same fields meanwhile nothing is overwritten: the newer document is in
 * `theirs` until the producer decides. Other changes do not interfere.
 */
export function useDraft(show: StudioShow) {
  const cache = useQueryClient()
  const [base, setBase] = useState(show)
  const [edits, setEdits] = useState<Edits>({})
  const [theirs, setTheirs] = useState<StudioShow | undefined>()
  const isChanged = Object.keys(edits).length > 0
  const below = isChanged ? base : show
  const keep = (saved: StudioShow, { sent }: Asked) => {
    cache.setQueryData(KEYS.show(show.show), saved)
    setBase(saved)
    setEdits((now) => unsavedOf(now, sent))
    setTheirs(undefined)
  }
  const send = async ({ over, sent }: Asked): Promise<StudioShow> => {
    try {
      return await call<StudioShow>(`v1/studio/shows/${show.show}`, {
        method: 'PATCH',
        body: sent,
        ifMatch: over.version,
      })
    } catch (cause) {
      if (!(cause instanceof Problem) || cause.code !== 'stale') throw cause
      const newer = cause.current as StudioShow
      if (clashesOf(sent, { seen: over, newer }).length > 0) {
        setTheirs(newer)
        throw cause
      }
      return send({ over: newer, sent })
    }
  }
  const save = useChange(send, [KEYS.show(show.show)], keep)
  return {
    /** The show with the edits. */
    shown: { ...below, ...withoutNull(edits) } as StudioShow,
    isChanged,
    /** @param change Fields with their new values; null removes one. */
    set(change: Edits) {
      if (!isChanged) setBase(show)
      setEdits((now) => ({ ...now, ...change }))
    },
    save,
    theirs,
    clashes: theirs === undefined ? [] : clashesOf(edits, { seen: base, newer: theirs }),
    submit: () => save.mutate({ over: base, sent: edits }),
    keepMine: () => {
      setTheirs(undefined)
      save.mutate({ over: theirs!, sent: edits })
    },
    /** The show itself was fetched again when the change was refused. */
    takeTheirs: () => {
      setEdits({})
      setTheirs(undefined)
      save.reset()
    },
  }
}

const withoutNull = (edits: Edits): Edits =>
  Object.fromEntries(Object.entries(edits).map(([name, value]) => [name, value ?? undefined]))
