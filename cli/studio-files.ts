import { basename, join } from 'node:path'
import { bundled, type PageFile } from './bundled.ts'
import { keptBundle } from './kept-bundle.ts'

const STUDIO = join(import.meta.dir, '../web/studio')

/**
 * The studio's files by name: `index.html`, and its scripts and styles, each with a hash in its name. A release replaces this
 * module with what it bundled during its build. @throws when the folder cannot be bundled
 */
export const studioFiles = (): Promise<Record<string, PageFile>> => keptBundle('studio', bundleStudio)

/** The same, bundled now. */
export async function bundleStudio(): Promise<Record<string, PageFile>> {
  const outputs = await bundled({
    entrypoints: [join(STUDIO, 'main.tsx')],
    minify: true,
    splitting: true,
    target: 'browser',
    define: { 'process.env.NODE_ENV': '"production"' },
    naming: '[name]-[hash].[ext]',
  })
  const texts = await Promise.all(outputs.map((output) => output.text()))
  const files = renamed(outputs.map(({ path }, i) => ({ name: basename(path), text: texts[i]! })))
  const page = files.reduce(
    (html, { stem, name }) => html.replace(`{up}${stem}`, `{up}assets/${name}`),
    await Bun.file(join(STUDIO, 'index.html')).text(),
  )
  return Object.fromEntries(
    [{ name: 'index.html', text: page }, ...files].map(({ name, text }) => [
      name,
      { bytes: new TextEncoder().encode(text), type: typeOf(name) },
    ]),
  )
}

const typeOf = (name: string): string =>
  `text/${name.endsWith('.css') ? 'css' : name.endsWith('.js') ? 'javascript' : 'html'};charset=utf-8`

/**
 * Renames files by their contents: the bundler's own hashes depend on the order in which its threads finish. Files loaded on
 * demand and those that load them name each other, so all share one hash.
 */
function renamed(files: { name: string; text: string }[]): { stem: string; name: string; text: string }[] {
  const without = (text: string) => files.reduce((rest, { name }) => rest.replaceAll(name, ''), text)
  const sorted = files
    .map((file) => ({ ...file, bare: without(file.text) }))
    .toSorted((a, b) => (a.bare < b.bare ? -1 : 1))
  const hash = Bun.hash(sorted.map(({ bare }) => bare).join('\0')).toString(36)
  const next = sorted.map(({ name }, i) => {
    const [, stem, extension] = /^(.*)-[0-9a-z]+(\.\w+)$/.exec(name)!
    return { from: name, stem: `${stem}${extension}`, name: `${stem}-${hash}-${i}${extension}` }
  })
  const linked = (text: string) => next.reduce((all, { from, name }) => all.replaceAll(from, name), text)
  return sorted.map(({ text }, i) => ({ stem: next[i]!.stem, name: next[i]!.name, text: linked(text) }))
}
