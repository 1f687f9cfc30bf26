import { connect, type Roar } from '../../sdk/src/index.ts'

const clients = new Map<string, { client: Roar; users: number }>()

/**
 * The client of a show for whoever listens and nothing more: all elements of one server and show have the same, which closes with
 * the last of them. Throws `TypeError` for what cannot be a show.
 */
export function shareClient(url: string, show: string): { client: Roar; leave: () => void } {
  const key = JSON.stringify([url, show])
  const shared = clients.get(key) ?? {
    client: connect({ url, show, topics: ['mood', 'feed', 'show'] }),
    users: 0,
  }
  clients.set(key, shared)
  shared.users++
  return {
    client: shared.client,
    leave() {
      if (--shared.users > 0) return
      clients.delete(key)
      shared.client.close()
    },
  }
}
