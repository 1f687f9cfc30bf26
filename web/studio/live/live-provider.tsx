import { useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, use, useEffect, useState, useSyncExternalStore } from 'react'
import { KEYS } from '../api/queries.ts'
import { connectLive, type LiveConnection, type LiveShow } from './live-show.ts'

const LiveContext = createContext<LiveConnection | undefined>(undefined)

interface LiveProviderProps {
  show: string
  /** Of a rehearsal: another run has nothing of the earlier one. */
  run: number | undefined
  children: ReactNode
}

/** One connection to a show, shared by everything on its screens. */
export function LiveProvider({ show, run, children }: LiveProviderProps) {
  const cache = useQueryClient()
  const [connection, setConnection] = useState<LiveConnection | undefined>()
  // biome-ignore lint/correctness/useExhaustiveDependencies: another run begins anew
  useEffect(() => {
    const made = connectLive(show, () => cache.invalidateQueries({ queryKey: KEYS.show(show) }))
    setConnection(made)
    return () => made.close()
  }, [show, run, cache])
  return connection === undefined ? null : <LiveContext value={connection}>{children}</LiveContext>
}

/** The show's live state; renders again after every change. */
export function useLive(): LiveShow {
  const connection = use(LiveContext)!
  return useSyncExternalStore(connection.subscribe, connection.current)
}

/** A part of it: renders again only when that part changed. */
export function useLivePart<Part>(part: (live: LiveShow) => Part): Part {
  const connection = use(LiveContext)!
  return useSyncExternalStore(connection.subscribe, () => part(connection.current()))
}
