/**
 * `npm run compose`: runs `deploy/compose/compose.yaml` unchanged, by docker-compose on Podman, with its monitoring. A crowd taps
 * and votes in it, and every count is compared; Prometheus must scrape every role. Exit code 1 if one differs, 2 if this machine cannot run it.
 */
import { needs } from '../needs.ts'
import { isRoot } from '../unprivileged.ts'
import { ComposeRun } from './compose-run.ts'

const NEEDED = [
  'podman',
  'buildah',
  'runc',
  'docker-compose',
  'mmdebstrap',
  'netavark',
  'aardvark-dns',
  'mvn',
  'prometheus',
]
/** Podman's helpers are not in the PATH. */
const PATH = `${process.env.PATH}:/usr/lib/podman:/usr/libexec/podman`

const missing = NEEDED.filter((program) => !needs(program, Bun.which(program, { PATH }) !== null))
if (!isRoot) console.error('compose: containers with a network of their own need root')
if (!isRoot || missing.length > 0) process.exit(2)

await using run = new ComposeRun()
await run.buildImages()
await run.up()
const works = (await run.taps()) && (await run.votes()) && (await run.watches()) && (await run.stop())
console.log(works ? 'compose: everything that was tapped and voted was counted' : 'compose: it failed')
process.exitCode = works ? 0 : 1
