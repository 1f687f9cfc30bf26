import { useEffect, useState } from 'react'
import { serverNow } from '../api/server-time.ts'

/** Server time, rendered again at this interval. Default: each second. */
export function useNow(everyMs = 1_000): number {
  const [now, setNow] = useState(serverNow)
  useEffect(() => {
    const timer = setInterval(() => setNow(serverNow()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return now
}
