import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Socket, Subprocess } from 'bun'
import { NEW_KEY, openssl } from '../cluster/openssl.ts'
import { temporaryFolder } from '../embedded.ts'
import { PRODUCER, SECRET } from '../polls/voting.ts'
import { ROAR, spawnRoarBy } from '../roar-process.ts'

/** Files and sockets of the process, of which its edge leaves a hundred to others. A viewer takes one. */
const FILES_MAX = 1_100
const VIEWERS = 980

/** `roar up` with TLS, few files, a low limit of bursts, and a machine's clock that can be moved. */
export class LoneRoar implements AsyncDisposable {
  readonly url: string
  /** A file: by how many milliseconds its machine's clock is off. */
  readonly clockOffset: string
  readonly #folder: ReturnType<typeof temporaryFolder>
  readonly #process: Subprocess
  #viewers: Socket[] = []
  #taps: Timer | undefined

  private constructor(url: string, process: Subprocess, folder: ReturnType<typeof temporaryFolder>) {
    this.url = url
    this.#process = process
    this.#folder = folder
    this.clockOffset = join(folder.path, 'offset')
  }

  static async start(): Promise<LoneRoar> {
    const folder = temporaryFolder()
    const at = (name: string) => join(folder.path, name)
    const library = at('moved-clock.so')
    await Bun.$`gcc -shared -fPIC -o ${library} ${join(import.meta.dir, '../cluster/moved-clock.c')} -ldl`
    writeFileSync(at('offset'), '0')
    certificate(folder.path, 90)
    const limited = `ulimit -n ${FILES_MAX} && LD_PRELOAD=${library} CLOCK_OFFSET=${at('offset')} exec "$@"`
    const { url, process } = await spawnRoarBy(
      ['sh', '-c', limited, 'sh', ROAR, 'up'],
      ...['--data', at('data'), '--tls-cert', at('cert.pem'), '--tls-key', at('key.pem')],
      ...[
        '--auth-secret',
        SECRET,
        '--requests-per-second',
        '10',
        '--flush-ms',
        '1000',
        '--flush-ms-max',
        '1000',
      ],
    )
    return new LoneRoar(url, process, folder)
  }

  /** Puts a certificate of so many days in the place of its present one. */
  renew(days: number): void {
    certificate(this.#folder.path, days)
  }

  /** Viewers come until it takes no more. */
  async fill(): Promise<void> {
    const { hostname, port, host } = new URL(this.url)
    const request = `GET /v1/shows/final/events HTTP/1.1\r\nHost: ${host}\r\n\r\n`
    const target = { hostname, port: Number(port), tls: { rejectUnauthorized: false } }
    const come = () =>
      Bun.connect({
        ...target,
        socket: { open: (socket) => void socket.write(request), data() {}, error() {} },
      })
    while (this.#viewers.length < VIEWERS) this.#viewers.push(await come())
  }

  empty(): void {
    for (const viewer of this.#viewers.splice(0)) viewer.terminate()
  }

  /** Opens a poll: while none takes votes the machine's clock is believed, whatever it says. */
  async openPoll(): Promise<void> {
    const headers = { authorization: `Bearer ${PRODUCER}` }
    const call = async (path: string, body: object) => {
      const answer = await this.#ask(`/v1/studio/shows/final/polls${path}`, {
        ...{ method: 'POST', headers, body: JSON.stringify(body) },
      })
      if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`)
    }
    const choices = ['anna', 'ben'].map((choice) => ({ choice, title: choice }))
    await call('', { poll: 'clock', question: 'Which clock is right?', choices })
    await call('/clock/open', { forMs: 3_600_000 })
  }

  /** Sends so many bursts a second from now on. */
  tap(perSecond: number): void {
    clearInterval(this.#taps)
    if (perSecond === 0) return
    const burst = { method: 'POST', body: '{"stickers":{"heart":1}}' }
    this.#taps = setInterval(() => {
      this.#ask('/v1/shows/final/reactions', burst).catch(() => {})
    }, 1000 / perSecond)
  }

  #ask = (path: string, init: RequestInit): Promise<Response> =>
    fetch(`${this.url}${path}`, { ...init, tls: { rejectUnauthorized: false } } as RequestInit)

  async [Symbol.asyncDispose](): Promise<void> {
    this.tap(0)
    this.empty()
    this.#process.kill()
    await this.#process.exited
    this.#folder.remove()
  }
}

/** A certificate for the lone process, each file whole at any moment. */
function certificate(folder: string, days: number): void {
  const at = (name: string) => join(folder, name)
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  const files = ['-keyout', at('new-key.pem'), '-out', at('new-cert.pem')]
  openssl('req', '-x509', ...NEW_KEY, '-days', String(days), ...name, ...files)
  renameSync(at('new-key.pem'), at('key.pem'))
  renameSync(at('new-cert.pem'), at('cert.pem'))
}
