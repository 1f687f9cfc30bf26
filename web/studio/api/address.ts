/** The studio's folder on this server, below any proxy's path: scripts are one folder down. */
const STUDIO = new URL('../', import.meta.url)

/** The prefix that the router removes from every address: `/studio`, without a slash at its end. */
export const ROUTER_BASE = STUDIO.pathname.replace(/\/$/, '')
/** The server of this studio. */
export const SERVER = new URL('../', STUDIO)

/** The URL of a server call: `v1/studio/shows`. */
export const addressOf = (path: string): URL => new URL(path, SERVER)
