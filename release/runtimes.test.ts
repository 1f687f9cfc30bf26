import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { temporaryFolder } from '../test/embedded.ts'
import { ownPlatform, PLATFORMS } from './platforms.ts'
import { lockedAs } from './runtimes.ts'

test('a runtime that cannot be had is named, with the reason, and leaves nothing behind', async () => {
  using folder = temporaryFolder()
  const other = PLATFORMS.findIndex((platform) => platform !== ownPlatform())
  const fetching = `
    const { runtimeOf } = await import(${JSON.stringify(join(import.meta.dir, 'runtimes.ts'))})
    const { PLATFORMS } = await import(${JSON.stringify(join(import.meta.dir, 'platforms.ts'))})
    await runtimeOf(PLATFORMS[${other}]).catch((cause) => console.log(cause.message))`
  const { stdout } = Bun.spawnSync([process.execPath, '-e', fetching], {
    env: {
      ...process.env,
      XDG_CACHE_HOME: join(folder.path, 'cache'),
      npm_config_cache: join(folder.path, 'npm'),
      npm_config_registry: 'http://127.0.0.1:1',
      npm_config_fetch_retries: '0',
    },
  })
  expect(stdout.toString()).toMatch(new RegExp(`^npm has no ${PLATFORMS[other]!.runtime}@.+ECONNREFUSED`))
  expect([...new Bun.Glob('roar/**').scanSync({ cwd: join(folder.path, 'cache') })]).toEqual([])
})

test('the lockfile has the runtime of every platform, at one version', () => {
  expect(new Set(PLATFORMS.map(({ runtime }) => lockedAs(runtime).version))).toEqual(new Set([Bun.version]))
})
