import { expect, test } from 'bun:test'
import { mkdirSync, readdirSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '../test/embedded.ts'
import { keptBundle } from './kept-bundle.ts'

/** Sources to change, a folder to keep in, and how often they were bundled. */
function workshop() {
  const temporary = temporaryFolder()
  const folder = join(temporary.path, 'kept')
  const web = join(temporary.path, 'web')
  const lock = join(temporary.path, 'package-lock.json')
  const write = (name: string, text: string) => writeFileSync(join(temporary.path, name), text)
  mkdirSync(join(web, 'page'), { recursive: true })
  write('web/page/page.ts', 'one')
  write('package-lock.json', '{}')
  let bundled = 0
  const bundle = async () => {
    const bytes = new TextEncoder().encode(`bundle ${++bundled}`)
    return { '/page.js': { bytes, type: 'text/javascript' } }
  }
  const made = async () => {
    const files = await keptBundle('pages', bundle, { sources: [web, lock], folder })
    return new TextDecoder().decode(files['/page.js']!.bytes)
  }
  return { ...temporary, folder, write, made }
}

test('pages are bundled once, and again when a byte of a source or a version of a package is another', async () => {
  using shop = workshop()
  expect([await shop.made(), await shop.made()]).toEqual(['bundle 1', 'bundle 1'])
  shop.write('web/page/page.ts', 'two')
  expect([await shop.made(), await shop.made()]).toEqual(['bundle 2', 'bundle 2'])
  shop.write('web/page/new.css', '')
  expect([await shop.made(), await shop.made()]).toEqual(['bundle 3', 'bundle 3'])
  shop.write('package-lock.json', '{"version":2}')
  expect([await shop.made(), await shop.made()]).toEqual(['bundle 4', 'bundle 4'])
  shop.write('web/page/page.test.ts', 'a test is in no page')
  expect(await shop.made()).toBe('bundle 4')
  expect(readdirSync(shop.folder)).toEqual(['pages'])
})

test('a kept bundle that was cut off is made again', async () => {
  using shop = workshop()
  await shop.made()
  truncateSync(join(shop.folder, 'pages'), 40)
  expect([await shop.made(), await shop.made()]).toEqual(['bundle 2', 'bundle 2'])
})

test('where nothing can be kept each start bundles for itself', async () => {
  using shop = workshop()
  writeFileSync(shop.folder, 'a file where the folder should be')
  expect([await shop.made(), await shop.made()]).toEqual(['bundle 1', 'bundle 2'])
})
