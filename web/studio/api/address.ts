/** The studio's folder on this server, below whatever path a proxy put it: scripts are one folder down. */
const STUDIO = new URL('../', import.meta.url)

/** What the router takes off every address: `/studio`, without the slash. */
export const ROUTER_BASE = STUDIO.pathname.replace(/\/$/, '')
/** The server that this studio belongs to. */
export const SERVER = new URL('../', STUDIO)

/** A call of the server: `v1/studio/shows`. */
export const addressOf = (path: string): URL => new URL(path, SERVER)
