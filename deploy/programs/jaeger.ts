import { join } from 'node:path'
import { cached } from './cached.ts'
import { endOf } from './end-of.ts'
import { ENDS_WITH_US } from './ends-with-us.ts'
import { freePorts } from './ports.ts'

const VERSION = '1.76.0'
const MODULE = 'github.com/jaegertracing/jaeger'

/** `go install` refuses it because its own `go.mod` has replacements: it is built as a dependency. */
const GO_MOD = `module traces\n\ngo 1.26\n\nrequire ${MODULE} v${VERSION}\n`
const TOOLS = `//go:build tools\n\npackage main\n\nimport _ "${MODULE}/cmd/all-in-one"\n`

/** The folder with Jaeger as one program. Built with Go on first use, which takes some three minutes of one core. */
const jaegerFolder = (): Promise<string> =>
  cached(`jaeger-${VERSION}`, async (folder) => {
    await Promise.all([Bun.write(join(folder, 'go.mod'), GO_MOD), Bun.write(join(folder, 'tools.go'), TOOLS)])
    const build = Bun.spawn(['go', 'build', '-o', 'jaeger', `${MODULE}/cmd/all-in-one`], {
      cwd: folder,
      env: { ...process.env, GOFLAGS: '-mod=mod', CGO_ENABLED: '0' },
      stderr: 'pipe',
    })
    const said = await new Response(build.stderr).text()
    if ((await build.exited) !== 0) throw new Error(`Jaeger ${VERSION} could not be built:\n${said}`)
  })

export interface Jaeger {
  /** Its address for OTLP over HTTP. */
  otlp: string
  /** Its address for queries. */
  url: string
  close(): Promise<void>
}

/** Starts Jaeger on free ports of this machine, with traces in memory. */
export async function startJaeger(): Promise<Jaeger> {
  const folder = await jaegerFolder()
  const ports = (await freePorts(7)) as number[]
  const at = (i: number) => `127.0.0.1:${ports[i]}`
  const program = Bun.spawn(
    [
      ...ENDS_WITH_US,
      join(folder, 'jaeger'),
      `--collector.otlp.http.host-port=${at(0)}`,
      `--query.http-server.host-port=${at(1)}`,
      `--collector.otlp.grpc.host-port=${at(2)}`,
      `--query.grpc-server.host-port=${at(3)}`,
      `--admin.http.host-port=${at(4)}`,
      `--collector.grpc-server.host-port=${at(5)}`,
      `--collector.http-server.host-port=${at(6)}`,
    ],
    { stdout: 'ignore', stderr: 'ignore', env: { ...process.env, SPAN_STORAGE_TYPE: 'memory' } },
  )
  const url = `http://${at(1)}`
  while (!(await isThere(url))) {
    if (endOf(program) !== null) throw new Error(`Jaeger ended with ${endOf(program)}`)
    await Bun.sleep(100)
  }
  return {
    otlp: `http://${at(0)}`,
    url,
    async close() {
      program.kill()
      await program.exited
    },
  }
}

const isThere = (url: string): Promise<boolean> =>
  fetch(`${url}/api/services`).then(
    ({ ok }) => ok,
    () => false,
  )
