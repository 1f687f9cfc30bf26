import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { bundled, type PageFile } from './bundled.ts'
import { keptBundle } from './kept-bundle.ts'

const WEB = join(import.meta.dir, '../web')
const SDK = join(import.meta.dir, '../sdk/src')

/** Scripts with fixed names: other people's pages load them, or a page loads them on demand. */
const SCRIPTS = {
  '/video.js': join(WEB, 'stage/video.ts'),
  '/hls.js': join(WEB, 'stage/hls.ts'),
  '/stage.js': join(WEB, 'stage/stage.ts'),
  '/ground.js': join(WEB, 'stage/ground.ts'),
  '/swarm.js': join(WEB, 'swarm/sky.ts'),
  '/pinned.js': join(WEB, 'feed/pinned.ts'),
  '/ribbon.js': join(WEB, 'ribbon/ribbon.ts'),
  '/recap.js': join(WEB, 'ribbon/recap/recap.ts'),
  '/sticker-browser.js': join(WEB, 'stickers/browser/sticker-browser.ts'),
  '/room.js': join(WEB, 'rooms/party.ts'),
  '/poll.js': join(WEB, 'poll/polls.ts'),
  '/poll-log.js': join(WEB, 'poll/log/poll-log.ts'),
  '/words/ar.js': join(WEB, 'words/ar.ts'),
  '/words/de.js': join(WEB, 'words/de.ts'),
  '/words/es.js': join(WEB, 'words/es.ts'),
  '/words/hi.js': join(WEB, 'words/hi.ts'),
  '/roar-bar.js': join(WEB, 'bar/roar-bar.ts'),
  '/elements.js': join(WEB, 'elements/elements.ts'),
  '/client.js': join(SDK, 'index.ts'),
  '/client/player.js': join(SDK, 'player/index.ts'),
  '/client/heads.js': join(SDK, 'heads/index.ts'),
  '/client/votes.js': join(SDK, 'votes/index.ts'),
  // A worker of the page.
  '/recount.js': join(WEB, 'poll/recount-worker.ts'),
}

/** The pages by path. All assets are served beside the first page, for pages below a path, too. */
const PAGES = {
  '/': join(WEB, 'page/index.html'),
  '/overlay/:show': join(WEB, 'overlay/index.html'),
}

/**
 * Every file of the pages by the path at which it is served, bundled and minified. A release replaces this module with what it
 * bundled during its build: see release/bundle.ts. @throws when the web folder cannot be bundled
 */
export const pageFiles = (): Promise<Record<string, PageFile>> => keptBundle('pages', bundlePages)

/** The same, bundled now. */
export async function bundlePages(): Promise<Record<string, PageFile>> {
  const files = await Promise.all([
    ...Object.entries(PAGES).map(page),
    ...Object.entries(SCRIPTS).map(script),
    others(),
    stickers(),
  ])
  return Object.assign({}, ...files)
}

type Files = Record<string, PageFile>

/** File types that may name other files. */
const TEXT = /\.(css|js|json|webmanifest|html)$/

/**
 * Renames files by the hash of their contents, each after those that it names: the bundler's own hashes depend on the order in
 * which its threads finish, and one tree must always give the same files.
 */
async function page([at, entry]: [string, string]): Promise<Files> {
  const outputs = await Promise.all(
    (await bundle(entry)).map(async (output) => ({
      path: output.path.replace(/^\.?\//, ''),
      text: TEXT.test(output.path) ? await output.text() : '',
      output,
    })),
  )
  const files: Files = {}
  const renamed: [string, string][] = []
  // A page below a path finds its assets one level up.
  if (at !== '/') renamed.push(['"./assets/', '"../assets/'])
  const rename = (text: string) => renamed.reduce((text, [from, to]) => text.replaceAll(from, to), text)
  for (let left = outputs; left.length > 0; ) {
    const names = left.map(({ path }) => basename(path))
    const ready = left.filter(({ path, text }) =>
      names.every((name) => name === basename(path) || !text.includes(name)),
    )
    if (ready.length === 0) throw new Error(`These files of the page name each other: ${names.join(', ')}`)
    for (const { path, text, output } of ready) {
      const bytes =
        text === '' ? new Uint8Array(await output.arrayBuffer()) : new TextEncoder().encode(rename(text))
      const name = path.replace(/-[0-9a-z]+(?=\.[^.]+$)/, `-${Bun.hash(bytes).toString(36)}`)
      if (name !== path) renamed.push([basename(path), basename(name)])
      files[path.endsWith('.html') ? at : `/${name}`] = { bytes, type: output.type }
    }
    left = left.filter((output) => !ready.includes(output))
  }
  return files
}

async function script([path, source]: [string, string]): Promise<Files> {
  const [output] = await bundle(source)
  const bytes = new Uint8Array(await output!.arrayBuffer())
  return { [path]: { bytes, type: 'text/javascript;charset=utf-8' } }
}

const others = async (): Promise<Files> => ({
  '/roar-bar': { bytes: await read(join(WEB, 'bar/example.html')), type: 'text/html;charset=utf-8' },
  '/card.png': { bytes: await read(join(WEB, 'page/card.png')), type: 'image/png' },
})

async function stickers(): Promise<Files> {
  const folder = join(WEB, 'stickers')
  const names = (await readdir(folder)).filter((name) => name.endsWith('.svg')).sort()
  const type = 'image/svg+xml'
  const entries = names.map(
    async (name) => [`/stickers/${name}`, { bytes: await read(join(folder, name)), type }] as const,
  )
  return Object.fromEntries(await Promise.all(entries))
}

const read = (path: string): Promise<Uint8Array<ArrayBuffer>> => Bun.file(path).bytes()

/**
 * Bundles each entry as one file: Firefox and Safari remember a late script that imports others as failed if one of those failed.
 * What a page loads on demand is one of SCRIPTS.
 */
function bundle(entry: string): Promise<Bun.BuildArtifact[]> {
  return bundled({
    entrypoints: [entry],
    minify: true,
    target: 'browser',
    // Relative, so that a proxy may serve them below a path.
    publicPath: '',
    naming: {
      entry: '[name].[ext]',
      chunk: 'assets/[name]-[hash].[ext]',
      asset: 'assets/[name]-[hash].[ext]',
    },
  })
}
