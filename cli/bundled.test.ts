import { expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '../test/embedded.ts'
import { bundled } from './bundled.ts'

test('a package that a page needs and nobody installed is named in a sentence', async () => {
  using folder = temporaryFolder()
  const entry = join(folder.path, 'page.ts')
  writeFileSync(entry, "import 'nobody-has-this'\n")
  await expect(bundled({ entrypoints: [entry] })).rejects.toThrow(
    /^pages: cannot be bundled: .*"nobody-has-this".*; npm ci installs what they need$/,
  )
})
