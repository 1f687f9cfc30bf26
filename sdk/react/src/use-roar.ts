import { type ConnectOptions, connect, type Roar, type TokenSource } from '@roar/client'
import { useEffect, useRef, useState } from 'react'
import { newestOf } from './newest.ts'

/**
 * Connects to a show while the component is mounted. `undefined` on a server and until mounting; when an option changes, a new
 * client replaces the old one, whose last taps are sent. `token` and `log` may be new functions on each render: the newest is
 * called.
 *
 * Under StrictMode, which mounts everything twice, it connects once. Throws while rendering what `connect` throws.
 */
export function useRoar(options: ConnectOptions): Roar | undefined {
  const [roar, setRoar] = useState<Roar>()
  const [fault, setFault] = useState<{ cause: unknown }>()
  const newest = useRef(options)
  newest.current = options
  const { url, show, segment, topics, transports } = options
  const asked = JSON.stringify({ url, show, segment, topics, transports })

  useEffect(() => {
    let client: Roar | undefined
    const token: TokenSource = (refused) => {
      const { token } = newest.current
      return typeof token === 'function' ? token(refused) : token
    }
    // Delayed, so that a mount that is undone immediately opens nothing.
    const start = setTimeout(() => {
      try {
        client = connect({ ...JSON.parse(asked), token, log: (...entry) => newest.current.log?.(...entry) })
        // Before the first packet.
        newestOf(client)
        setRoar(client)
      } catch (cause) {
        setFault({ cause })
      }
    })
    return () => {
      clearTimeout(start)
      setRoar(undefined)
      setFault(undefined)
      void client?.drain()
    }
  }, [asked])

  if (fault) throw fault.cause
  return roar
}
