import { type ConnectOptions, connect, type Roar, type TokenSource } from '@roar/client'
import { useEffect, useRef, useState } from 'react'

/**
 * Connects to a show for as long as the component is there. `undefined` on a server and until the component is mounted; a new
 * client, with the last taps of the old one sent, where an option changes. `token` and `log` may be other functions each time:
 * the newest is called.
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
    // A moment later, so that a mount that is taken back at once opens nothing.
    const start = setTimeout(() => {
      try {
        client = connect({ ...JSON.parse(asked), token, log: (...entry) => newest.current.log?.(...entry) })
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
