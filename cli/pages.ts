import { DEMO_SHOW } from '../engine/demo-show.ts'
import type { Video } from '../protocol/show.ts'
import type { Handler, Routes } from '../services/http/routes.ts'
import { type Asset, IMMUTABLE, page, policyOf, serve } from './asset.ts'
import { type PageFile, pageFiles } from './page-files.ts'

const HOUR_S = 3600

export interface PagesOptions {
  /** The stream on a show's stage, from whose hosts its page may load. Default: no show has one. */
  videoOf?: (show: string) => Video | undefined
  /**
   * Origins whose pages may show these in a frame, beside this server's own. Default: none. In a stranger's frame, made
   * invisible, a click that was meant for something else is a vote.
   */
  framedBy?: readonly string[]
}

/**
 * The pages of this server, served from memory, each compressed once, when it is first asked for so. Scripts and styles have
 * their hash in the name and are kept by browsers for good; `/roar-bar.js`, `/client.js`, `/client/votes.js`, `/client/heads.js`,
 * `/client/player.js` and the stickers keep their names and are asked for again with their ETag. @throws when the web folder can't be bundled.
 */
export async function pages({ videoOf, framedBy = [] }: PagesOptions = {}): Promise<Routes> {
  const routes: Routes = {}
  for (const [path, file] of Object.entries(await pageFiles())) {
    if (path === '/') routes[path] = showPage(file, { videoOf, framedBy })
    else if (path === '/overlay/:show') routes[path] = serve(page(file, pagePolicy(undefined), framedBy))
    else if (path === '/roar-bar') routes[path] = serve(page(file, EXAMPLE_POLICY, framedBy))
    // What a shared link shows of the page: by a name that stays, for whoever keeps the link keeps that too.
    else if (path === '/card.png') routes[path] = serve(hourly(file))
    else if (path.startsWith('/assets/')) routes[path] = serve(kept(file))
    else if (path.startsWith('/stickers/')) routes[path] = serve(sticker(file))
    else Object.assign(routes, scriptRoutes(path, file))
  }
  return routes
}

/**
 * A script under two names: one that stays, whose answer says by Content-Location what the other one is, and one with its
 * hash in it, beside it, which is kept for good.
 */
function scriptRoutes(path: string, file: PageFile): Routes {
  const hashed = path.replace(/\.js$/, `-${Bun.hash(file.bytes).toString(36)}.js`)
  const location = { 'content-location': hashed.slice(hashed.lastIndexOf('/') + 1) }
  return {
    [path]: serve({ ...file, cache: 'public, max-age=300', headers: { ...FOR_EVERYBODY, ...location } }),
    [hashed]: serve(kept(file)),
  }
}

/** Its name has its hash in it: browsers keep it for good. */
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

/** Other people's pages may load these, and so may this one in a frame whose sandbox gives it no origin. */
const FOR_EVERYBODY = { 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' }

/** The viewer's page, whose policy follows from the show that its address names. */
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
 * No inline script, nothing from elsewhere but the edges, which may have any address, and the stream on the stage. What plays
 * HLS by script asks for the parts itself and hands them on as a blob.
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
/** A sticker that is opened by itself is a picture and never a script. */
const PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'"

/** None where the address is one of this server's own paths. */
const originOf = (address = ''): string[] => (URL.canParse(address) ? [new URL(address).origin] : [])
