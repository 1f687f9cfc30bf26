import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { MoodPacket } from '../../protocol/packets.ts'
import { startRoar, temporaryFolder } from '../embedded.ts'
import { SECRET, tokenOf } from '../polls/voting.ts'
import { GENERATORS } from './generators.ts'

/**
 * `npm run clients [LANGUAGE…]`: third-party generators make clients from `/openapi.json` in TypeScript, Go, Python and Java, and
 * each client reads a mood packet and makes a poll. Needs node, go, python3, and java with mvn; takes some minutes.
 */
/** In the year 2100: does not fit in 32 bits. */
const OPENS = 4_102_444_800_000

const languages = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(GENERATORS)
const unknown = languages.filter((language) => !(language in GENERATORS))
if (unknown.length > 0) {
  console.error(`npm run clients [${Object.keys(GENERATORS).join('|')}]: not ${unknown.join(', ')}`)
  process.exit(2)
}

const root = temporaryFolder()
const roar = await startRoar('--auth-secret', SECRET)
/** A window without taps has an empty packet, so tap continuously. */
const taps = setInterval(tap, 100)
const first = await firstPacket()
const document = await (await fetch(`${roar.url}/openapi.json`)).text()
let failed = 0
for (const language of languages) {
  const poll = `by-${language}`
  const said = await runClient(language, poll).catch((cause: Error) => cause.message)
  const [at, total, ...rest] = said.split(' ')
  const reads = Number(at) >= first.at && Number(total) >= first.total
  if (reads && rest.join(' ') === `heart draft ${OPENS}`) console.log(`${language}: ${said}`)
  else {
    failed++
    console.error(`${language}: ${said}`)
  }
}
clearInterval(taps)
await roar.stop()
root.remove()
console.log(`${languages.length - failed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)

async function tap(): Promise<void> {
  await fetch(`${roar.url}/v1/shows/final/reactions`, { method: 'POST', body: '{"stickers":{"heart":7}}' })
}

async function firstPacket(): Promise<MoodPacket> {
  for (;;) {
    const packet = (await (await fetch(`${roar.url}/v1/shows/final/mood`)).json()) as MoodPacket
    if (packet.n > 0) return packet
  }
}

async function runClient(language: string, poll: string): Promise<string> {
  const folder = join(root.path, language)
  await mkdir(folder)
  await writeFile(join(folder, 'openapi.json'), document)
  const env = {
    ...process.env,
    ROAR_URL: roar.url,
    ROAR_TOKEN: tokenOf('pat', { role: 'producer' }),
    ROAR_POLL: poll,
    ROAR_OPENS: String(OPENS),
  }
  const run = async (...command: string[]) => {
    const child = Bun.spawn(command, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const [out, err] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ])
    if ((await child.exited) !== 0) throw new Error(`${command.join(' ')}\n${out}${err}`)
    return out.trim()
  }
  return run(...(await GENERATORS[language]!(folder, run)))
}
