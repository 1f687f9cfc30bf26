import { whyUnreachable } from '../../load/why-unreachable.ts'
import { fetchHere, urlHere } from '../url-here.ts'
import { command } from './command.ts'

const ANSWER_MS = 3_000

/** For health checks in images without curl: asks what a balancer asks by HTTP. */
export const commands = [
  command({
    name: 'ready',
    summary: 'asks the server on this machine whether it is ready, and exits with 1 if it is not',
    args: ['[PURPOSE]'],
    settings: ['host', 'port', 'tls-cert'],
    examples: ['roar ready', 'roar ready votes', 'roar ready packets --port 7767'],
    notes:
      'PURPOSE is taps, votes, packets or studio: see /readyz. Default: everything that the process does.',
    async run(config, [purpose]) {
      const url = `${urlHere(config)}/readyz${purpose === undefined ? '' : `/${purpose}`}`
      const { ok, says } = await ask(url)
      ;(ok ? process.stdout : process.stderr).write(`${says}\n`)
      return ok ? 0 : 1
    },
  }),
]

async function ask(url: string): Promise<{ ok: boolean; says: string }> {
  try {
    const answer = await fetchHere(url, AbortSignal.timeout(ANSWER_MS))
    const { status, reason, detail } = (await answer.json()) as Record<string, string | undefined>
    return { ok: answer.ok, says: [status, reason ?? detail].filter(Boolean).join(': ') }
  } catch (cause) {
    return { ok: false, says: `${url}: ${whyUnreachable(cause)}` }
  }
}
