import { generateKeyPairSync } from 'node:crypto'
import type { Monitor } from '../../cli/monitor/monitor.ts'
import { witnessKeyText } from '../../engine/polls/checkpoints.ts'
import { sha256 } from '../../services/sha256.ts'

/** A witness under this name, which cosigns what the monitor lets it. `asked` has the status of each answer. */
export function startWitness(monitor: () => Monitor, name = 'watcher.example') {
  const { privateKey } = generateKeyPairSync('ed25519')
  const publicKey = new Uint8Array(Buffer.from(privateKey.export({ format: 'jwk' }).x!, 'base64url'))
  const asked: number[] = []
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      const response = await monitor().answer(request, { name, privateKey, publicKey }, Date.now())
      asked.push(response.status)
      return response
    },
  })
  const key = witnessKeyText(sha256, name, publicKey)
  return { asked, key, publicKey, setting: `${key} ${server.url}`, stop: () => server.stop(true) }
}
