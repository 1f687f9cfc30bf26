import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { scripts } from '../package.json'

const ROOT = join(import.meta.dir, '..')
/** What npm runs by a file of its own, with flags. */
const FILES = Object.values(scripts)
  .flatMap((script) => /^(?:exec )?bun (\S+\/main\.ts)$/.exec(script)?.[1] ?? [])
  .filter((file) => /parseArgs\(|npmFlags\(/.test(readFileSync(join(ROOT, file), 'utf8')))

test.each(FILES)('%s answers a flag that is none by one sentence and exit code 2', async (file) => {
  const child = Bun.spawn([process.execPath, file, '--nope'], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const said = await new Response(child.stderr).text()
  expect(said).toMatch(/^npm (run [a-z-]+|test): --nope: is not a flag of npm .+\n$/)
  expect(await child.exited).toBe(2)
})
