import { BodyReader } from '../../services/http/body.ts'
import { part } from '../assembly/part.ts'
import { pages as pageRoutes } from '../pages.ts'
import { studioPages as studioRoutes } from '../studio-pages.ts'

/** Requests whose body is still arriving are finished before anything drains. */
export const bodies = part({
  name: 'bodies',
  writes: ['requests'],
  open() {
    const bodies = new BodyReader()
    return { thing: bodies, drain: () => bodies.settled() }
  },
})

/** The viewer's page and `<roar-bar>`. */
export const pages = part({
  name: 'pages',
  needs: ['directory'],
  settings: ['framed-by'],
  open: async ({ config, directory }) => ({
    thing: undefined,
    routes: await pageRoutes({
      framedBy: config['framed-by'],
      videoOf: (show) => directory.find(show)?.show.video,
    }),
  }),
})

/** The studio: the producers' browser application. */
export const studioPages = part({
  name: 'studio-pages',
  open: () => ({ thing: undefined, routes: studioRoutes() }),
})
