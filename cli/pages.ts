import { DEMO_SHOW } from '../engine/demo-show.ts'
import type { Video } from '../protocol/show.ts'
import type { Handler, Routes } from '../services/http/routes.ts'
import { type Asset, IMMUTABLE, page, policyOf, serve } from './asset.ts'
import type { PageFile } from './bundled.ts'
import { pageFiles } from './page-files.ts'

const HOUR_S = 3600

export interface PagesOptions {
  /** The stream on a show's stage; the page may load from its hosts. Default: no show has one. */
  videoOf?: (show: string) => Video | undefined
  /**
   * Origins whose pages may embed these in a frame, beside this server's own. Default: none. In a stranger's invisible frame a
   * click meant for something else becomes a vote (clickjacking).
   */
  framedBy?: readonly string[]
}

/**
 * The pages of this server, from memory, each compressed once, on first use. Scripts and styles have their hash in the name, and
 * browsers keep them for good; `/roar-bar.js`, `/client.js`, `/client/votes.js`, `/client/heads.js`, `/client/player.js` and the
 * stickers keep their names and are revalidated by ETag. @throws when the web folder cannot be bundled
 */
export async function pages({ videoOf, framedBy = [] }: PagesOptions = {}): Promise<Routes> {
  const routes: Routes = {}
  for (const [path, file] of Object.entries(await filesOnce())) {
    if (path === '/') routes[path] = showPage(file, { videoOf, framedBy })
    else if (path === '/overlay/:show') routes[path] = serve(page(file, pagePolicy(undefined), framedBy))
    else if (path === '/roar-bar') routes[path] = serve(page(file, EXAMPLE_POLICY, framedBy))
    // The preview picture of a shared link: its name is fixed, because whoever stores the link stores the name, too.
    else if (path === '/card.png') routes[path] = serve(hourly(file))
    else if (path.startsWith('/assets/')) routes[path] = serve(kept(file))
    else if (path.startsWith('/stickers/')) routes[path] = serve(sticker(file))
    else Object.assign(routes, scriptRoutes(path, file))
  }
  return routes
}

let files: ReturnType<typeof pageFiles> | undefined

/** The servers of one process, as in tests, share them. */
function filesOnce(): NonNullable<typeof files> {
  files ??= pageFiles().catch((cause) => {
    // A failure is not cached: it may be fixed meanwhile.
    files = undefined
    throw cause
  })
  return files
}

/**
 * A script under two names: a fixed one, whose response names the other in Content-Location, and one with its hash, which
 * browsers keep for good.
 */
function scriptRoutes(path: string, file: PageFile): Routes {
  const hashed = path.replace(/\.js$/, `-${Bun.hash(file.bytes).toString(36)}.js`)
  const location = { 'content-location': hashed.slice(hashed.lastIndexOf('/') + 1) }
  return {
    [path]: serve({ ...file, cache: 'public, max-age=300', headers: { ...FOR_EVERYBODY, ...location } }),
    [hashed]: serve(kept(file)),
  }
}

/** For files with their hash in the name: browsers keep them for good. */
const kept = (file: PageFile): Asset => ({ ...file, cache: IMMUTABLE, headers: FOR_EVERYBODY })

const sticker = (file: PageFile): Asset => ({
  ...file,
  cache: `public, max-age=${HOUR_S}`,
  headers: { ...FOR_EVERYBODY, 'content-security-policy': PICTURE_POLICY },
})

const hourly = (file: PageFile): Asset => ({
  ...file,
  cache: `public, max-age=${HOUR_S}`,
  headers: FOR_EVERYBODY,
})

/** Other people's pages may load these, and so may this page in a sandboxed frame without an origin. */
const FOR_EVERYBODY = { 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' }

/** The viewer's page; its policy depends on the show that the address names. */
function showPage(
  file: PageFile,
  { videoOf, framedBy }: { videoOf: PagesOptions['videoOf']; framedBy: readonly string[] },
): { GET: Handler } {
  const respond = serve(page(file, pagePolicy(undefined), framedBy))
  return {
    GET(request) {
      const response = respond.GET(request)
      const show = new URL(request.url).searchParams.get('show') ?? DEMO_SHOW.show
      const video = videoOf?.(show)
      if (video !== undefined)
        response.headers.set('content-security-policy', policyOf(pagePolicy(video), framedBy))
      return response
    },
  }
}

/**
 * No inline script; nothing from elsewhere but the edges, at any address, and the stream on the stage. An HLS player fetches
 * segments by script and plays them as a blob.
 */
function pagePolicy(video: Video | undefined): string {
  const stream = video === undefined ? [] : [...originOf(video.url), ...(video.origins ?? [])]
  const sources = (...of: string[]) => of.join(' ')
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `img-src ${sources("'self'", 'data:', ...originOf(video?.poster))}`,
    "manifest-src 'self'",
    `connect-src ${sources("'self'", 'ws:', 'wss:', ...stream)}`,
    ...(video === undefined ? [] : [`media-src ${sources("'self'", 'blob:', ...stream)}`]),
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
}
const EXAMPLE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'"
/** A sticker opened on its own is a picture and never runs a script. */
const PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'"

/** Empty if the address is a path of this server. */
const originOf = (address = ''): string[] => (URL.canParse(address) ? [new URL(address).origin] : [])
