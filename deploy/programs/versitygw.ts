import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cached } from './cached.ts'
import { endOf } from './end-of.ts'
import { ENDS_WITH_US } from './ends-with-us.ts'
import { goBuild } from './go-build.ts'
import { freePort } from './ports.ts'

const VERSION = 'v1.8.0'
const MODULE = 'github.com/versity/versitygw'
const ACCESS = 'roar'
const SECRET = 'a/secret+with=signs'
const BUCKET = 'pictures'
const READY_ASKED_MAX = 600

/** The folder with the Versity S3 Gateway. Built with Go on first use, which takes some minutes of one core. */
const versitygwFolder = (): Promise<string> =>
  cached(`versitygw-${VERSION}`, (folder) =>
    goBuild(folder, { module: MODULE, version: VERSION, program: `${MODULE}/cmd/versitygw` }),
  )

/** An S3 server with an empty bucket, on a free port of this machine. */
export interface S3Server extends AsyncDisposable {
  version: string
  /** The bucket, as the setting `media` names it. */
  media(changes?: { secret?: string; bucket?: string }): string
  kill(): Promise<void>
  /** Restarts it on the same port, with what it stored. */
  restart(): Promise<void>
}

/** Starts the Versity S3 Gateway on a folder of its own. */
export async function startVersitygw(): Promise<S3Server> {
  const program = join(await versitygwFolder(), 'versitygw')
  const folder = mkdtempSync(join(tmpdir(), 'roar-s3-'))
  const at = (name: string) => join(folder, name)
  // A folder is a bucket.
  for (const name of [`root/${BUCKET}`, 'sidecar']) mkdirSync(at(name), { recursive: true })
  const port = await freePort()
  const endpoint = `http://127.0.0.1:${port}`
  const spawn = () =>
    Bun.spawn(
      [
        ...ENDS_WITH_US,
        program,
        ...['--port', `127.0.0.1:${port}`, '--health', '/health', '--quiet'],
        ...['posix', '--sidecar', at('sidecar'), at('root')],
      ],
      {
        env: { ...process.env, ROOT_ACCESS_KEY: ACCESS, ROOT_SECRET_KEY: SECRET },
        stdout: Bun.file(at('log')),
        stderr: Bun.file(at('log')),
      },
    )
  let server = spawn()
  const kill = async () => {
    server.kill('SIGKILL')
    await server.exited
  }
  async function ready(): Promise<void> {
    for (let asked = 0; !(await isReady(`${endpoint}/health`)); asked++) {
      if (endOf(server) !== null || asked > READY_ASKED_MAX) {
        await kill()
        throw new Error(`versitygw did not start:\n${await Bun.file(at('log')).text()}`)
      }
      await Bun.sleep(100)
    }
  }
  await ready()
  return {
    version: VERSION,
    media({ secret = SECRET, bucket = BUCKET } = {}) {
      const url = new URL(`s3://${bucket}/of/roar?${new URLSearchParams({ endpoint, region: 'us-east-1' })}`)
      return url.href.replace('//', `//${ACCESS}:${encodeURIComponent(secret)}@`)
    },
    kill,
    async restart() {
      server = spawn()
      await ready()
    },
    async [Symbol.asyncDispose]() {
      await kill()
      rmSync(folder, { recursive: true })
    },
  }
}

const isReady = (url: string): Promise<boolean> =>
  fetch(url).then(
    ({ ok }) => ok,
    () => false,
  )
