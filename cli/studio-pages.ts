import { RoarError } from '../protocol/errors.ts'
import type { Handler, Routes } from '../services/http/routes.ts'
import { targetOf } from '../services/http/target.ts'
import { IMMUTABLE, page, serve } from './asset.ts'
import { studioFiles } from './studio-files.ts'

/** No inline script or style, nothing from elsewhere; it may embed the viewer's page in a frame, and nobody may embed it. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self' ws: wss:; frame-src 'self'; base-uri 'none'; form-action 'none'"

/** The relative path from a studio address back to its folder, so that a proxy may serve it below a path. */
const upFrom = (depth: number): string => (depth === 0 ? 'studio/' : '../'.repeat(depth - 1))
/** The deepest path of a screen. */
const DEPTH_MAX = 5

/**
 * The studio: one page at every address below `/studio`, which draws the screen that the address names. Bundled on first request,
 * so that neither the start nor a viewer waits for it.
 */
export function studioPages(): Routes {
  let made: ReturnType<typeof make> | undefined
  const ready = () => {
    made ??= make()
    // A failure is not cached: it may be fixed meanwhile.
    made.catch(() => {
      made = undefined
    })
    return made
  }
  const screen: Handler = async (request) => (await ready()).page[depthOf(request)]!.GET(request)
  const asset: Handler = async (request) => {
    const { name = '' } = request.params as { name?: string }
    const file = (await ready()).assets.get(name)
    if (file === undefined) throw new RoarError('not_found', 'the studio has no such file: reload the page')
    return file.GET(request)
  }
  return {
    '/studio': { GET: screen },
    '/studio/*': { GET: screen },
    '/studio/assets/:name': { GET: asset },
  }
}

function depthOf(request: Request): number {
  const [, below = ''] = /\/studio(.*)/.exec(targetOf(request).path) ?? []
  return Math.min(below.split('/').length - 1, DEPTH_MAX)
}

async function make() {
  const { 'index.html': html, ...files } = await studioFiles()
  const text = new TextDecoder().decode(html!.bytes)
  const pageAt = (depth: number) =>
    serve(page({ bytes: new TextEncoder().encode(text.replaceAll('{up}', upFrom(depth))) }, POLICY, 'none'))
  return {
    page: Array.from({ length: DEPTH_MAX + 1 }, (_, depth) => pageAt(depth)),
    assets: new Map(
      Object.entries(files).map(([name, file]) => [name, serve({ ...file, cache: IMMUTABLE })]),
    ),
  }
}
