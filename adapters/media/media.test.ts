import { afterAll, expect, test } from 'bun:test'
import { closeSync, constants, openSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { temporaryFolder } from '../../test/embedded.ts'
import { replaceFile } from '../replace-file.ts'
import { mediaContract } from './media.contract.ts'
import { mediaFiles } from './media-files.ts'
import { mediaS3 } from './media-s3.ts'

const folder = temporaryFolder()
afterAll(() => folder.remove())
mediaContract('a folder', () => mediaFiles(`${folder.path}/media`))

test('a bucket that takes connections and says nothing, or refuses them, is media_unavailable', async () => {
  const silent = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
  const at = (port: number) =>
    mediaS3(`s3://k:s@pictures?endpoint=http://127.0.0.1:${port}&region=here`, { answerMs: 50 })
  const name = `${'a'.repeat(32)}.webp`
  for (const media of [at(silent.port), at(1)])
    for (const act of ['get', 'put', 'delete'] as const)
      expect(await media[act](name, new Uint8Array([1])).then(String, ({ code }) => code)).toBe(
        'media_unavailable',
      )
  silent.stop(true)
})

test.skipIf(Bun.which('mkfifo') === null)('a folder that does not answer is media_unavailable', async () => {
  using silent = temporaryFolder()
  const name = `${'a'.repeat(32)}.webp`
  // Whoever opens it waits for a writer.
  Bun.spawnSync(['mkfifo', `${silent.path}/${name}`])
  const media = mediaFiles(silent.path, { answerMs: 50 })
  const reads = Array.from({ length: 64 }, () => media.get(name).catch((cause: Error) => cause.message))
  expect(new Set(await Promise.all(reads))).toEqual(
    new Set(['the folder of pictures cannot be used: no answer']),
  )
  // The threads of the runtime's pool are there for others: tokens are verified by them.
  expect((await crypto.subtle.digest('SHA-256', new Uint8Array(1))).byteLength).toBe(32)
  expect(await readFile(import.meta.path, 'utf8')).toContain('no answer')
  await writeFile(`${silent.path}/${name}`, 'nothing')
})

test.skipIf(Bun.which('mkfifo') === null)(
  'a disk that answers no call, of pictures or of any other file, takes one thread of the pool',
  async () => {
    using silent = temporaryFolder()
    const paths = Array.from({ length: navigator.hardwareConcurrency + 1 }, (_, i) => `${silent.path}/${i}`)
    Bun.spawnSync(['mkfifo', ...paths])
    // Whoever opens one to write waits for a reader.
    const written = paths.map((path) => replaceFile(`${path}.whole`, 'bytes', path).catch(() => 'failed'))
    expect((await crypto.subtle.digest('SHA-256', new Uint8Array(1))).byteLength).toBe(32)
    expect(await readFile(import.meta.path, 'utf8')).toContain('one thread')
    const readers = paths.map((path) => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK))
    // A pipe cannot be synced.
    expect(await Promise.all(written)).toEqual(paths.map(() => 'failed'))
    for (const reader of readers) closeSync(reader)
  },
)

test("a name that is no picture's is rejected by a bucket that nobody asks", async () => {
  const media = mediaS3('s3://k:s@pictures?endpoint=http://127.0.0.1:1&region=here')
  for (const act of ['get', 'put', 'delete'] as const) {
    const asked = media[act]('../secret', new Uint8Array([1]))
    expect(await asked.then(String, ({ name }) => name)).toBe('RangeError')
  }
})
